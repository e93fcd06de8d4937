<?php
// The site's way to its hub. Where it is, and where the keys are, stands in the environment (see the virtual
// hosts). In a Symfony application the Mercure bundle's services take this file's place.

declare(strict_types=1);

require_once 'Symfony/Component/Mercure/autoload.php';
require_once __DIR__ . '/Hs256TokenFactory.php';

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Mercure\Exception\ExceptionInterface;
use Symfony\Component\Mercure\Hub;
use Symfony\Component\Mercure\Jwt\FactoryTokenProvider;
use Symfony\Component\Mercure\Update;

/** Publishes. A hub that fails costs nobody his page: it is a line in the error log. */
function publish(Update $update): void
{
    try {
        hubFor($update)->publish($update);
    } catch (ExceptionInterface $failure) {
        error_log('The hub did not take an update: ' . ($failure->getPrevious() ?? $failure)->getMessage());
    }
}

/** A token that lets a page subscribe to the private updates of these topics. */
function subscriberToken(array $topics): string
{
    $lifetime = (int) (getenv('MERCURE_TOKEN_LIFETIME') ?: 3600);
    return (new Hs256TokenFactory(secret('MERCURE_SUBSCRIBER_KEY_FILE'), $lifetime))->create($topics);
}

/** The address of a subscription to these topics. */
function subscriptionUrl(array $topics): string
{
    $parameters = array_map(fn (string $topic) => 'topic=' . rawurlencode($topic), $topics);
    return getenv('MERCURE_PUBLIC_URL') . '?' . implode('&', $parameters);
}

function hubFor(Update $update): Hub
{
    $tokens = new Hs256TokenFactory(secret('MERCURE_PUBLISHER_KEY_FILE'), 60);
    $provider = new FactoryTokenProvider($tokens, publish: $update->getTopics());
    return new Hub(getenv('MERCURE_URL'), $provider, httpClient: HttpClient::create(connection()));
}

/** How the hub is reached, and how long it may keep a page waiting. */
function connection(): array
{
    $options = ['timeout' => 2, 'max_duration' => 3];
    // For a machine whose /etc/hosts does not say that the hub's name is here.
    if ($address = getenv('MERCURE_HUB_ADDRESS')) {
        $options['resolve'] = [parse_url(getenv('MERCURE_URL'), PHP_URL_HOST) => $address];
    }
    return $options;
}

function secret(string $setting): string
{
    // A secret that was made on the command line ends with a line end, and in some files with a blank.
    return trim(file_get_contents(getenv($setting)));
}
