"""From the outbox to people: what is sent next, what it says, and what is done when it does not arrive.

dispatcher   takes what is due, gives it to a provider, and writes down what came of it
rate         pure: which message is next, and what goes together
content      what a message says, put together when it is sent
failing      the next way to a person, when one is dead
unknown      what a provider may have taken before the process died
"""

from monitor.delivery.dispatcher import Dispatcher

__all__ = ["Dispatcher"]
