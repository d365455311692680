package main

// The sample project: Lantern, a small photo album in PHP, at every step of its
// history. Each fix changes a few lines of one file, as real ones do.

const lanternReadme = `# Lantern

A small photo album for the family server.

Unpack it, point your web server at it, and open index.php.
`

const lanternIndex = `<?php
require 'inc/session.php';
require 'inc/html.php';

page_header('Albums');
foreach (albums() as $album) {
	echo '<li><a href="album.php?id=' . (int) $album['id'] . '">' . h($album['title']) . '</a></li>';
}
page_footer();
`

const lanternIndexPaged = `<?php
require 'inc/session.php';
require 'inc/html.php';

$page = max(1, (int) ($_GET['page'] ?? 1));

page_header('Albums');
foreach (albums($page, 24) as $album) {
	echo '<li><a href="album.php?id=' . (int) $album['id'] . '">' . h($album['title']) . '</a></li>';
}
page_links($page);
page_footer();
`

const lanternHTML = `<?php
function h($text) {
	return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function page_header($title) {
	echo '<!doctype html><title>' . h($title) . ' - Lantern</title><main>';
}

function page_footer() {
	echo '</main>';
}
`

// The session before and after LANTERN-2025-0001.
const lanternSessionOpen = `<?php
session_start();

function login($user) {
	$_SESSION['user'] = $user['id'];
	$_SESSION['since'] = time();
}

function logout() {
	session_destroy();
}
`

const lanternSessionFixed = `<?php
session_start(['use_strict_mode' => true]);

function login($user) {
	session_regenerate_id(true);
	$_SESSION['user'] = $user['id'];
	$_SESSION['since'] = time();
}

function logout() {
	session_destroy();
}
`

// The search page before and after LANTERN-2026-0001.
const lanternSearchOpen = `<?php
require 'inc/session.php';
require 'inc/html.php';

$term = $_GET['q'] ?? '';

page_header('Search');
echo '<h1>Results for ' . $term . '</h1>';
foreach (find_photos($term) as $photo) {
	echo '<img src="photo.php?id=' . (int) $photo['id'] . '" alt="' . h($photo['title']) . '">';
}
page_footer();
`

const lanternSearchFixed = `<?php
require 'inc/session.php';
require 'inc/html.php';

$term = $_GET['q'] ?? '';

page_header('Search');
echo '<h1>Results for ' . h($term) . '</h1>';
foreach (find_photos($term) as $photo) {
	echo '<img src="photo.php?id=' . (int) $photo['id'] . '" alt="' . h($photo['title']) . '">';
}
page_footer();
`

// The upload before and after LANTERN-2026-0002.
const lanternUploadOpen = `<?php
require 'inc/session.php';

$file = $_FILES['photo'];
$name = $_POST['name'] ?: $file['name'];

if (!in_array($file['type'], ['image/jpeg', 'image/png'])) {
	exit('Only pictures, please.');
}
move_uploaded_file($file['tmp_name'], 'photos/' . $name);
header('Location: index.php');
`

const lanternUploadFixed = `<?php
require 'inc/session.php';

$file = $_FILES['photo'];
$kind = getimagesize($file['tmp_name'])[2] ?? 0;

if (!in_array($kind, [IMAGETYPE_JPEG, IMAGETYPE_PNG], true)) {
	exit('Only pictures, please.');
}
$name = bin2hex(random_bytes(16)) . image_type_to_extension($kind);
move_uploaded_file($file['tmp_name'], 'photos/' . $name);
header('Location: index.php');
`
