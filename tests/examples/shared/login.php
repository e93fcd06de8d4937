<?php
// A stand-in for the site's own login: `?user=42` makes a visitor user 42, `?user=` makes him nobody again.
// Whoever asks may be anybody here, so put your login in its place: all that the examples want from it is the
// user's number.

declare(strict_types=1);

session_start([
    'use_strict_mode' => true, 'cookie_secure' => true, 'cookie_httponly' => true,
    'cookie_samesite' => 'Lax', // pages of other sites can't post in the user's name
]);
if (isset($_GET['user'])) {
    $_SESSION['user'] = (int) $_GET['user'];
}
// Requests of one session wait for each other until it is closed.
session_write_close();

/** The user's number, or null for a visitor who has not logged in. */
function currentUser(): ?int
{
    return ($_SESSION['user'] ?? 0) > 0 ? $_SESSION['user'] : null;
}

/** The user's number; an endpoint that only users may ask ends here for everybody else. */
function requireUser(): int
{
    return currentUser() ?? refuse(401, 'log in first');
}
