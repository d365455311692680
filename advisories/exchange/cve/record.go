package cve

// Record is a CVE JSON 5 record.
type Record struct {
	DataType    string     `json:"dataType"`
	DataVersion string     `json:"dataVersion"`
	Metadata    Metadata   `json:"cveMetadata"`
	Containers  Containers `json:"containers"`
}

// Metadata is the id and its state.
type Metadata struct {
	CVEID         string `json:"cveId"`
	AssignerOrgID string `json:"assignerOrgId"`
	State         string `json:"state"`
	DatePublished string `json:"datePublished,omitempty"`
	DateUpdated   string `json:"dateUpdated,omitempty"`
	DateRejected  string `json:"dateRejected,omitempty"`
}

// Containers holds what the numbering authority says.
type Containers struct {
	CNA CNA `json:"cna"`
}

// CNA is the container of the numbering authority.
type CNA struct {
	ProviderMetadata ProviderMetadata `json:"providerMetadata"`
	Title            string           `json:"title,omitempty"`
	DatePublic       string           `json:"datePublic,omitempty"`
	Descriptions     []Text           `json:"descriptions,omitempty"`
	Affected         []Affected       `json:"affected,omitempty"`
	ProblemTypes     []ProblemType    `json:"problemTypes,omitempty"`
	Metrics          []map[string]any `json:"metrics,omitempty"`
	Configurations   []Text           `json:"configurations,omitempty"`
	Workarounds      []Text           `json:"workarounds,omitempty"`
	Solutions        []Text           `json:"solutions,omitempty"`
	Exploits         []Text           `json:"exploits,omitempty"`
	Timeline         []Moment         `json:"timeline,omitempty"`
	Credits          []Credit         `json:"credits,omitempty"`
	References       []Reference      `json:"references,omitempty"`
	RejectedReasons  []Text           `json:"rejectedReasons,omitempty"`
	Source           *Source          `json:"source,omitempty"`
	Generator        *Generator       `json:"x_generator,omitempty"`
}

// Generator is the program that wrote the container, by the usage of CVE's own
// tools.
type Generator struct {
	Engine string `json:"engine"`
}

// ProviderMetadata names the organisation.
type ProviderMetadata struct {
	OrgID string `json:"orgId"`
}

// Text is text in a language.
type Text struct {
	Lang  string  `json:"lang"`
	Value string  `json:"value"`
	Media []Media `json:"supportingMedia,omitempty"`
}

// Media is the same text in another form.
type Media struct {
	Type   string `json:"type"`
	Base64 bool   `json:"base64"`
	Value  string `json:"value"`
}

// Affected is a product and its versions.
type Affected struct {
	Vendor        string    `json:"vendor,omitempty"`
	Product       string    `json:"product,omitempty"`
	CollectionURL string    `json:"collectionURL,omitempty"`
	PackageName   string    `json:"packageName,omitempty"`
	PackageURL    string    `json:"packageURL,omitempty"`
	CPEs          []string  `json:"cpes,omitempty"`
	Repo          string    `json:"repo,omitempty"`
	DefaultStatus string    `json:"defaultStatus,omitempty"`
	Versions      []Version `json:"versions,omitempty"`
}

// Version is one version, or a range that starts there.
type Version struct {
	Version         string `json:"version"`
	Status          string `json:"status"`
	VersionType     string `json:"versionType,omitempty"`
	LessThan        string `json:"lessThan,omitempty"`
	LessThanOrEqual string `json:"lessThanOrEqual,omitempty"`
}

// ProblemType groups weaknesses.
type ProblemType struct {
	Descriptions []Problem `json:"descriptions"`
}

// Problem is one weakness.
type Problem struct {
	Lang        string `json:"lang"`
	Description string `json:"description"`
	CWEID       string `json:"cweId,omitempty"`
	Type        string `json:"type,omitempty"`
}

// Moment is an event of the timeline.
type Moment struct {
	Time  string `json:"time"`
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

// Credit is a person and the role, in CVE's words.
type Credit struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
	Type  string `json:"type,omitempty"`
}

// Reference is a link with CVE's tags.
type Reference struct {
	URL  string   `json:"url"`
	Name string   `json:"name,omitempty"`
	Tags []string `json:"tags,omitempty"`
}

// Source tells where the record came from.
type Source struct {
	Advisory  string `json:"advisory,omitempty"`
	Discovery string `json:"discovery,omitempty"`
}
