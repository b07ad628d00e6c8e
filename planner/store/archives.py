"""A map layer inside a zip: unpacked for reading, and told apart from its neighbours."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

SUFFIXES = (".zip",)

_LAYERS = (".shp", ".gpkg", ".geojson", ".kml", ".fgb")


class SeveralInside(Exception):  # noqa: N818  told as a finding, never shown as an error
    """A zip that holds no layer, or more than one.

    Parameters
    ----------
    names
        What it holds.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack the one layer of a zip for a while.

    Parameters
    ----------
    path
        The zip on disk.

    Yields
    ------
    Path
        The layer: a file, or the folder of a File Geodatabase.

    Raises
    ------
    SeveralInside
        If it does not hold exactly one layer.
    Exception
        If it cannot be unpacked; a damaged zip fails in many ways.
    """
    with zipfile.ZipFile(path) as packed, TemporaryDirectory() as folder:
        members = {m: PurePosixPath(m.filename) for m in packed.infolist() if not m.is_dir()}
        found = sorted({str(p) for p in map(_layer_of, members.values()) if p is not None})
        if len(found) != 1:
            raise SeveralInside(tuple(found) or tuple(sorted(map(str, members.values()))[:5]))
        wanted = PurePosixPath(found[0])
        for member, name in members.items():
            if wanted in name.parents:
                part = Path(folder, f"layer{wanted.suffix}", name.name)
            elif name.parent == wanted.parent and name.stem == wanted.stem:
                part = Path(folder, f"layer{name.suffix}")
            else:
                continue
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(packed.read(member))
        yield Path(folder, f"layer{wanted.suffix}")


def _layer_of(name: PurePosixPath) -> PurePosixPath | None:
    for folder in name.parents:
        if folder.suffix.lower() == ".gdb":
            return folder
    return name if name.suffix.lower() in _LAYERS else None
