<?php
// What every page and endpoint of this site begins with.

declare(strict_types=1);

require __DIR__ . '/../../shared/http.php';
require __DIR__ . '/../../shared/login.php';
require __DIR__ . '/../../shared/hub.php';
require __DIR__ . '/Store.php';

function store(): Store
{
    return new Store(getenv('CONVERSATIONS_FILE'));
}
