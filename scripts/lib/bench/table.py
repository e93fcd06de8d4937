"""The table of medians, with what each is in terms of the floor's, and the module's in terms of other hubs'."""

from results import ratio

COLUMNS = (  # heading, metric, scale, decimals
    ("CPU µs/delivery", "cpu_us_per_delivery", 1, 2),
    ("bytes/subscriber", "bytes_per_subscriber", 1, 0),
    ("server MB", "server_bytes", 1e-6, 1),
    ("opens/s", "opens_per_s", 1, 0),
    ("publishes/s", "publishes_per_s", 1, 0),
    ("p50 ms", "p50_us", 1e-3, 2),
    ("p99 ms", "p99_us", 1e-3, 2),
)
UNKNOWN = "-"


def print_table(results, works, contenders, rounds):
    print(f"\nMedians of {rounds} round{'s' * (rounds > 1)}; ×: in terms of the floor's.")
    for work in works:
        rows = [["", *(heading for heading, *_ in COLUMNS)]]
        names = [contender.name for contender in contenders if contender.serves(work.tls)]
        for name in names:
            rows.append([name, *(cell(results, work, name, *column) for column in COLUMNS)])
        for other in [name for name in names if name not in ("floor", "mod_mercure")]:
            ratios = [quotient(results, work, other, metric) for _, metric, *_ in COLUMNS]
            rows.append([f"mod_mercure / {other}", *ratios])
        print(f"\n{work}")
        print_rows(rows)
        print_faults(results, work, names)


def cell(results, work, name, _heading, metric, scale, decimals):
    value = results.median(work, name, metric)
    if value is None:
        return UNKNOWN
    text = f"{value * scale:,.{decimals}f}"
    times = ratio(value, results.median(work, "floor", metric))
    return text if name == "floor" or times is None else f"{text} ×{times:.2f}"


def quotient(results, work, other, metric):
    times = ratio(results.median(work, "mod_mercure", metric), results.median(work, other, metric))
    return UNKNOWN if times is None else f"{times:.2f}"


def print_rows(rows):
    first, *widths = (max(map(len, column)) for column in zip(*rows))
    for name, *cells in rows:
        print(f"  {name:<{first}}", *(f"{text:>{width}}" for text, width in zip(cells, widths)), sep="  ")


def print_faults(results, work, names):
    for name in names:
        for kind, count in results.faults(work, name).items():
            what = {"failed": "publishes failed", "lost": "deliveries lost", "dropped": "streams dropped"}[kind]
            print(f"  {name}: {count:,} {what}")
