"""HTTP: the only place that imports httpx."""

from edges_nb.transport.clock import Clock, SystemClock
from edges_nb.transport.exchange import Reply
from edges_nb.transport.http import Transport
from edges_nb.transport.mutation_result import Answer, Done, Refused, Unknown
from edges_nb.transport.rate_limiter import Pacer

__all__ = ["Answer", "Clock", "Done", "Pacer", "Refused", "Reply", "SystemClock", "Transport", "Unknown"]
