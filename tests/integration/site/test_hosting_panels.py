"""Hosting panels write one virtual host for each customer, with a snippet of its own, and reload at every change."""
import pytest

from harness import tokens
from harness.configuration import KEYS, Site
from harness.hub import PATH, Hub
from harness.server import Server

CUSTOMERS = range(20)
NEWCOMER = len(CUSTOMERS)

# What the panel says once, for all. A hub of the main server, and its keys, are no customer's.
EVERYWHERE = "MercureMaxSelectors 3\nMercureMaxUpdateSize 16K\nMercureLogSize 1M\nMercure On\n" + KEYS


def secret_of(customer):
    return f"the secret of customer {customer}, long enough for HS256"


def snippet_of(customer):
    return f'Mercure On\nMercurePublisherJWT "{secret_of(customer)}"\nMercureSubscriberJWT "{secret_of(customer)}"\n'


def sites_of(customers):
    names = [f"customer-{customer}" for customer in customers]
    included = [Site(f"{name}.example.test", f"Include panel/{name}.conf\n") for name in names]
    return [*included, Site("without.example.test", "")]


@pytest.fixture(scope="module")
def server(mpm):
    server = Server(mpm, sites=sites_of(CUSTOMERS), directives="Include panel/everywhere.conf\n")
    server.write("panel/everywhere.conf", EVERYWHERE)
    for customer in CUSTOMERS:
        server.write(f"panel/customer-{customer}.conf", snippet_of(customer))
    with server:
        yield server


class Customer:
    def __init__(self, server, number, tls):
        self.hub = Hub(server, f"customer-{number}.example.test", tls=tls)
        self.token = tokens.sign({"mercure": {"publish": ["*"], "subscribe": ["*"]}}, secret=secret_of(number))

    def open(self):
        return self.hub.open("*", self.token)

    def publish(self):
        return self.hub.publish("a", token=self.token)


@pytest.fixture
def customers(server, tls):
    return [Customer(server, number, tls) for number in CUSTOMERS]


def test_each_customers_tokens_open_one_hub(customers):
    for customer, neighbour in zip(customers, customers[1:] + customers[:1]):
        with customer.open() as stream:
            assert neighbour.publish() and customer.publish() == stream.next_event().id
        for token in (neighbour.token, tokens.publisher()):
            assert customer.hub.post("topic=a", token).status == 401
            assert customer.hub.get("a", token).status == 401


def test_the_panels_limits_hold_for_each(customers):
    for customer in customers:
        assert customer.hub.get(["a"] * 4, customer.token).status == 400
        assert customer.hub.post("topic=a&data=" + "x" * 17_000, customer.token).status == 413


def test_a_virtual_host_without_a_hub_stays_without(server, tls):
    hub = Hub(server, "without.example.test", tls=tls)
    for response in (hub.get("a", tokens.subscriber()), hub.post("topic=a", tokens.publisher())):
        assert response.status == 404
        assert "text/html" in response.field("Content-Type"), "httpd's own page"
    server.write("htdocs" + PATH, "a file\n")
    try:
        assert hub.request("GET").text == "a file\n"
    finally:
        (server.directory / f"htdocs{PATH}").unlink()


def test_a_reload_for_a_newcomer_leaves_the_others_streams_alone(server, customers, tls):
    streams = [customer.open() for customer in customers]
    newcomer = Customer(server, NEWCOMER, tls)
    assert newcomer.hub.post("topic=a", newcomer.token).status != 200
    server.write(f"panel/customer-{NEWCOMER}.conf", snippet_of(NEWCOMER))
    server.reconfigure(sites=sites_of([*CUSTOMERS, NEWCOMER]))
    try:
        server.graceful()
        with newcomer.open() as stream:
            assert newcomer.publish() == stream.next_event().id
        published = [customer.publish() for customer in customers]
        assert [stream.next_event().id for stream in streams] == published
    finally:
        server.reconfigure(sites=sites_of(CUSTOMERS))
        server.graceful()
    for stream in streams:
        stream.close()


def test_configtest_names_the_snippet_with_the_mistake(server):
    server.write("panel/customer-7.conf", snippet_of(7) + "MercureHeartbeat often\n")
    try:
        code, messages = server.configtest()
    finally:
        server.write("panel/customer-7.conf", snippet_of(7))
    assert code != 0
    assert "panel/customer-7.conf" in messages and "MercureHeartbeat" in messages
