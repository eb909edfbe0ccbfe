"""A statement of costs: lines of duplication, and nothing else (Gov. Code § 7922.530(a))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from archiver.errors import InputError
from archiver.requests.letters.kinds import Cost, kinds

_CENT = Decimal("0.01")
_MOST = Decimal(1_000_000)
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class CostLine:
    """A cost, how many units, and the price of one in dollars."""

    cost: Cost
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        """What the line comes to, to the cent."""
        return (self.quantity * self.price).quantize(_CENT)

    @property
    def words(self) -> str:
        """The line as the letter prints it."""
        units = self.cost.unit if self.quantity == 1 else f"{self.cost.unit}s"
        return (
            f"{self.cost.text}: {self.quantity:,} {units} at {dollars(self.price)} = "
            f"{dollars(self.total)}"
        )


def read_costs(text: str) -> list[CostLine]:
    """Read lines of ``code:quantity:price``; empty lines are left out.

    Raises RuleError, with the reason, for a cost that may not be charged; InputError for a quantity
    or a price that is none.
    """
    written = [line.strip() for line in text.splitlines() if line.strip()]
    if len(written) > _MOST_LINES:
        raise InputError(f"more than {_MOST_LINES} costs: put the same ones together")
    return [_read(line) for line in written]


def total_of(lines: Sequence[CostLine]) -> Decimal:
    """The sum, in dollars."""
    return sum((line.total for line in lines), Decimal(0)).quantize(_CENT)


def dollars(amount: Decimal) -> str:
    """An amount as a letter prints it: ``$9.60``; fractions of a cent stay where there are any."""
    shown = amount.quantize(_CENT) if amount == amount.quantize(_CENT) else amount.normalize()
    return f"${shown:,f}"


def _read(line: str) -> CostLine:
    parts = [part.strip() for part in line.split(":")]
    cost = kinds().chargeable(parts[0].lower()[:40])
    if len(parts) != 3:
        raise InputError(f"{cost.code}: write the cost as {cost.code}:QUANTITY:PRICE")
    try:
        quantity, price = int(parts[1]), Decimal(parts[2].lstrip("$"))
    except (ValueError, InvalidOperation):
        raise InputError(
            f"{cost.code}: quantity and price are numbers, such as 96 and 0.10"
        ) from None
    if not 0 < quantity <= 1_000_000 or not price.is_finite() or not 0 < price <= _MOST:
        raise InputError(f"{cost.code}: quantity and price lie above 0 and below a million")
    if price.as_tuple().exponent < -4:  # type: ignore[operator]  # a finite number has one
        raise InputError(f"{cost.code}: a price has at most four places behind the point")
    return CostLine(cost, quantity, price)
