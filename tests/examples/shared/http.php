<?php
// What the pages and endpoints of the examples say over HTTP.

declare(strict_types=1);

/** Text for a place in HTML, an attribute's value included. */
function html(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5);
}

function json(mixed $value): string
{
    return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

function answer(mixed $value, int $status = 200): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json($value));
}

function refuse(int $status, string $why): never
{
    answer(['error' => $why], $status);
}

function requireMethod(string $method): void
{
    if ($_SERVER['REQUEST_METHOD'] !== $method) {
        header("Allow: $method");
        refuse(405, "this takes a $method");
    }
}

/** A field of the posted form: text in UTF-8, neither empty nor long. */
function postedText(string $name): string
{
    $text = is_string($_POST[$name] ?? null) ? trim($_POST[$name]) : '';
    if ($text === '' || strlen($text) > 4000 || !mb_check_encoding($text, 'UTF-8')) {
        refuse(400, "$name is to be a text of at most 4000 bytes");
    }
    return $text;
}

/** The numbers in a field of the posted form, such as "42, 43", each once. */
function postedNumbers(string $name): array
{
    preg_match_all('/\d{1,9}/', is_string($_POST[$name] ?? null) ? $_POST[$name] : '', $found);
    return array_values(array_unique(array_filter(array_map('intval', $found[0]))));
}
