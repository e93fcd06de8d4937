<?php
// Sets the hub's cookie anew, for a page that has been open for longer than its token holds.

declare(strict_types=1);

require __DIR__ . '/../../shared/http.php';
require __DIR__ . '/../../shared/login.php';
require __DIR__ . '/../src/cookie.php';

requireMethod('POST');
authorise(currentUser());
http_response_code(204);
