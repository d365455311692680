// Search over the site's own index, in the reader's browser. The index comes as
// scripts, one a year: a page that is opened from a folder may load those, and
// nothing is asked of any other host. Text is only ever set as text.
"use strict";

(function () {
  var input = document.getElementById("page-q");
  var status = document.getElementById("page-status");
  var results = document.getElementById("page-results");
  var limit = 100;
  var head = null;
  var years = {};
  var waiting = [];
  var timer = 0;

  // countersignIndex is what each script of the index calls.
  window.countersignIndex = function (year, data) {
    if (year === "") {
      head = data;
      waiting = data.years.slice();
      return;
    }
    years[year] = data;
  };

  function load(path, then) {
    var s = document.createElement("script");
    s.src = path;
    s.onload = then;
    s.onerror = function () {
      status.textContent = "The index could not be loaded. The lists below are complete without it.";
    };
    document.head.appendChild(s);
  }

  // loadYears shows what the newest year has at once, and the rest together:
  // drawing the list again for every year would keep the browser busy.
  function loadYears() {
    if (!head || waiting.length === 0) {
      return;
    }
    var year = waiting.shift();
    var newest = year === head.years[0];
    load("index/" + year + ".js", function () {
      if (newest || waiting.length === 0) {
        show();
      }
      loadYears();
    });
  }

  function el(name, text, className) {
    var e = document.createElement(name);
    if (text) {
      e.textContent = text;
    }
    if (className) {
      e.className = className;
    }
    return e;
  }

  function item(href, mark, heading, more, refs) {
    var li = el("li");
    li.appendChild(el("p", mark, "mark"));
    var what = el("div", "", "what");
    var h = el("h3");
    var a = el("a", heading);
    a.href = href;
    h.appendChild(a);
    what.appendChild(h);
    if (more) {
      what.appendChild(el("p", more, "versions"));
    }
    li.appendChild(what);
    var ref = el("p", "", "ref");
    refs.forEach(function (r) {
      ref.appendChild(el("span", r, "id"));
      ref.appendChild(document.createTextNode(" "));
    });
    li.appendChild(ref);
    return li;
  }

  function releaseItem(r) {
    var answer = r[3] === 0 ? "Nothing that is published affects it"
      : r[3] + (r[3] === 1 ? " advisory affects it" : " advisories affect it");
    var install = r[4] && r[4].length ? "Install " + r[4].join(" or ") : "";
    return item(r[5], "Version", r[0] + " " + r[1], answer + ". " + (install ? install + "." : ""), ["released " + r[2]]);
  }

  function keyItem(k) {
    return item(k[5], "Key", k[0], k[1], [k[4], k[3]]);
  }

  function advisoryItem(a) {
    var risk = a[2] ? a[2].charAt(0).toUpperCase() + a[2].slice(1) + " risk" : "";
    return item("advisories/" + a[0] + ".html", risk, a[1], a[5], [a[3], a[0]].concat(a[4] || []));
  }

  function matches(words, text) {
    return words.every(function (w) {
      return text.indexOf(w) >= 0;
    });
  }

  function findReleases(words) {
    var exact = [];
    var near = [];
    head.releases.forEach(function (r) {
      var version = r[1].toLowerCase();
      var name = r[0].toLowerCase();
      var rest = words.filter(function (w) {
        return name.indexOf(w) < 0;
      });
      if (rest.length === 1 && rest[0].replace(/^v(?=[0-9])/, "") === version) {
        exact.push(r);
      } else if (rest.length === 1 && /[0-9]/.test(rest[0]) && version.indexOf(rest[0]) === 0) {
        near.push(r);
      }
    });
    return exact.concat(near.reverse()).slice(0, 10);
  }

  // findKeys finds a key by its owner, or by a part of a fingerprint that is long
  // enough to be one: the last sixteen digits are what many programs print.
  function findKeys(words) {
    var digits = words.join("").replace(/^0x/, "").toUpperCase();
    var isPrint = /^[0-9A-F]{8,}$/.test(digits) || words.join("").indexOf("sha256:") === 0;
    return head.keys.filter(function (k) {
      if (matches(words, (k[0] + " " + k[3] + " key").toLowerCase())) {
        return true;
      }
      return isPrint && k[2].some(function (print) {
        return print.toUpperCase().indexOf(digits) >= 0;
      });
    });
  }

  function show() {
    if (!head) {
      return;
    }
    var query = input.value.trim().toLowerCase();
    results.textContent = "";
    if (query === "") {
      status.textContent = "";
      return;
    }
    var words = query.split(/\s+/);
    var count = 0;
    var out = document.createDocumentFragment();
    findReleases(words).forEach(function (r) {
      out.appendChild(releaseItem(r));
      count++;
    });
    findKeys(words).forEach(function (k) {
      out.appendChild(keyItem(k));
      count++;
    });
    head.years.forEach(function (year) {
      (years[year] || []).forEach(function (a) {
        var text = [a[0], a[1], a[2]].concat(a[4] || [], [a[5]], a[6] || []).join(" ").toLowerCase();
        if (matches(words, text)) {
          count++;
          if (count <= limit) {
            out.appendChild(advisoryItem(a));
          }
        }
      });
    });
    results.appendChild(out);
    if (waiting.length > 0) {
      status.textContent = count + " found so far, searching older years.";
    } else if (count > limit) {
      status.textContent = count + " found, the first " + limit + " are shown. Add a word to narrow it down.";
    } else if (count === 0) {
      status.textContent = "Nothing is found for this. A version without an entry is not known here: see the list of versions.";
    } else {
      status.textContent = count + " found.";
    }
  }

  function start() {
    var q = new URLSearchParams(location.search).get("q");
    if (q) {
      input.value = q;
      document.body.classList.add("asked");
    }
    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(show, 120);
    });
    input.form.addEventListener("submit", function (event) {
      event.preventDefault();
      history.replaceState(null, "", "?q=" + encodeURIComponent(input.value));
      show();
    });
    load("index/head.js", function () {
      show();
      loadYears();
    });
  }

  if (input && results) {
    start();
  }
})();
