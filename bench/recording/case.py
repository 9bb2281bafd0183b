"""What a case needs and what it gives."""

import dataclasses


@dataclasses.dataclass
class Case:
    people: int
    tiles: list  # [x, y, width, height] of each person
    room: str
    seconds: float  # of measuring
    settle: float = 4.0  # first pictures, bandwidth estimates

    @property
    def title(self):
        return f"{self.people} tile{'s' if self.people > 1 else ''}"


@dataclasses.dataclass
class Result:
    name: str
    cores: float
    memory: int  # bytes
    parts: dict  # name: cores
    frame_rate: float  # new pictures a second in a tile
    delays: list  # seconds, from sending to the file
    first: float  # from the call until what the first picture shows, seconds
    complete: float  # until the first picture that shows everybody
    on_disk: float  # until that first picture was in the file
    busy: float  # cores of the machine, by everything
    rtmp_delays: list = dataclasses.field(default_factory=list)
