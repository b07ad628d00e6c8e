"""Why a demand point is within reach or not."""

from dataclasses import dataclass
from enum import StrEnum

from shapely import LineString


class Reason(StrEnum):
    """Why a demand point counts as it does; the first that holds is given."""

    COVERED = "covered"  # a facility is within the limit
    UNATTACHED = "unattached"  # no street is near enough
    ISLAND = "island"  # its streets lead to no facility
    ACCESS = "access"  # within the limit but for the legs between doors and streets
    STEEP = "steep"  # within the limit if the ground were flat
    TOO_FAR = "too_far"  # the streets are too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One demand point and its nearest facility; `None` where there is no way to any.

    Parameters
    ----------
    point, name
        Id and name of the demand point.
    reason
        Why it counts as it does.
    limit_min, speed_mps
        The limit, and the walking speed on flat ground (season included).
    direction
        ``to_facility``, ``from_facility`` or ``round_trip``.
    facility, facility_name
        Id and name of the nearest facility, '' if none can be reached.
    minutes
        Minutes to it, both access legs included; on a round trip the mean of both ways.
    minutes_flat
        Minutes to the nearest facility if all ground were flat.
    access_m, facility_access_m
        Metres between the point, and the facility, and the street.
    route_m
        Length of the route on the ground, access legs included.
    needed_mps
        Speed on flat ground at which the point would just be covered.
    excess_m
        Flat-equivalent metres by which the walk is too long, 0 where it is not.
    route
        From door to door in walking order, in degrees (CGCS2000 / WGS 84).
    """

    point: str
    name: str
    reason: Reason
    limit_min: float
    speed_mps: float
    direction: str
    facility: str = ""
    facility_name: str = ""
    minutes: float | None = None
    minutes_flat: float | None = None
    access_m: float | None = None
    facility_access_m: float | None = None
    route_m: float | None = None
    needed_mps: float | None = None
    excess_m: float | None = None
    route: LineString | None = None
