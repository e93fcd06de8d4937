"""What keeps one measurement, or the whole bench, from being made."""


class Failure(Exception):
    pass
