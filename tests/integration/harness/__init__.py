"""What the integration tests stand on: a real httpd on loopback, and clients that see every byte."""
