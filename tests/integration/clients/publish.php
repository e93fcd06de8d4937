<?php
// Publishes one update with Symfony's client, as a site would: php publish.php URL TOKEN HOST CA TOPIC DATA TYPE
foreach (['Component/HttpClient', 'Component/Mercure'] as $part) {
    require_once "/usr/share/php/Symfony/$part/autoload.php";
}

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Mercure\Hub;
use Symfony\Component\Mercure\Jwt\StaticTokenProvider;
use Symfony\Component\Mercure\Update;

[, $url, $token, $host, $authority, $topic, $data, $type] = $argv;
$client = HttpClient::create(['resolve' => [$host => '127.0.0.1'], 'cafile' => $authority]);
$hub = new Hub($url, new StaticTokenProvider($token), null, null, $client);
echo $hub->publish(new Update($topic, $data, true, null, $type));
