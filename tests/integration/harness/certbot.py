"""What certbot's Apache plugin leaves: its certificates' layout, and the virtual host that it makes of another."""
import re

# Its options-ssl-apache.conf, which also switches TLS on.
OPTIONS = r"""SSLEngine on
SSLProtocol all -SSLv2 -SSLv3 -TLSv1 -TLSv1.1
SSLHonorCipherOrder off
SSLSessionTickets off
SSLOptions +StrictRequire
LogFormat "%v %h %l %u %t \"%r\" %>s %b" vhost_common
"""
MODULES = ("ssl", "socache_shmcb", "rewrite")


def obtain(server, name, authority):
    """The session's server certificate as live/NAME."""
    directory = server.root / "etc/letsencrypt"
    archive, live = directory / "archive" / name, directory / "live" / name
    for path in (archive, live):
        path.mkdir(parents=True)
        path.parent.chmod(0o700)
    for file, source in (("fullchain", authority.server.certificate), ("privkey", authority.server.key)):
        (archive / f"{file}1.pem").write_bytes(source.read_bytes())
        (live / f"{file}.pem").symlink_to(f"../../archive/{name}/{file}1.pem")
    (directory / "options-ssl-apache.conf").write_text(OPTIONS)


def secure(server, site, certificate, redirect=True):
    """Copies a site's virtual host to port 443 and, unless told otherwise, has the one on port 80 redirect there."""
    plain = server.path(f"sites-available/{site}.conf")
    text = plain.read_text()
    content = re.search(r"<VirtualHost [^>]*>\n(.*)</VirtualHost>", text, re.S)[1]
    live = f"/etc/letsencrypt/live/{certificate}"
    server.add_site(f"{site}-le-ssl", f"<IfModule mod_ssl.c>\n<VirtualHost *:443>\n{content}\n"
                    f"SSLCertificateFile {live}/fullchain.pem\nSSLCertificateKeyFile {live}/privkey.pem\n"
                    "Include /etc/letsencrypt/options-ssl-apache.conf\n</VirtualHost>\n</IfModule>\n")
    if redirect:
        rules = (f"RewriteEngine on\nRewriteCond %{{SERVER_NAME}} ={site}\n"
                 "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n")
        plain.write_text(text.replace("</VirtualHost>", rules + "</VirtualHost>"))
