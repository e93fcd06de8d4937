<?php
// The cookie that tells the hub, on another subdomain, whose private updates this browser may have.

declare(strict_types=1);

require_once __DIR__ . '/../../shared/hub.php';

function authorise(?int $user): void
{
    $token = $user === null ? '' : subscriberToken(["notification/$user"]);
    setcookie('mercureAuthorization', $token, [ // an empty one is deleted
        'domain' => getenv('MERCURE_COOKIE_DOMAIN'),
        'path' => '/.well-known/mercure',
        'secure' => true,
        'httponly' => true,
        'samesite' => 'Strict',
        // No `expires`: a cookie that went when its token ends would turn the user, on a hub that lets
        // anonymous subscribers in, silently into one of them. A token that has ended is a 401, which the
        // page can notice.
    ]);
}
