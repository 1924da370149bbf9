"""What EventBridge Scheduler makes of a schedule: when it is due, and what it then calls.

The toolkit and the local AWS both read schedules, and neither imports the other. Nothing but the standard library.
"""

from eventbridge_schedules.expression import At, Expression, ExpressionError, Rate, expression_of, zone_of
from eventbridge_schedules.target import filled, member_names

__all__ = ["At", "Expression", "ExpressionError", "Rate", "expression_of", "filled", "member_names", "zone_of"]
