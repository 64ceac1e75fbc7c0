# What the node tells the staff of a counter about the terminal that it opens.

counter-terminal-away = The terminal is not connected: check that it is switched on and on the network.
counter-terminal-off = The terminal is suspended, revoked or no longer of this counter: tell your IT.
counter-no-services = None of the services of this counter is active now: tell your IT.
counter-terminal-clock = The clock of the terminal is wrong: tell your IT.
counter-terminal-full = The terminal has hardly any room left for votes that wait: tell your IT.

# Why a request of the desk is refused.
counter-refused-service = This service is not active at this desk: tell your IT.
counter-refused-catalogue = The node does not have the list of services yet: try again later or tell your IT.
counter-refused-many = Too many services concluded within a minute: wait a little.
counter-refused-queue = Three people of other desks wait at the terminal already: press again in a minute.
counter-refused-late = It can no longer be undone: correct the number of the day by hand.
counter-refused-future = That day is still to come.
counter-refused-closed = That month is closed: its numbers change no more.
counter-refused-number = A service can have at most 100,000 users a day at one branch.
counter-refused-disk = The node cannot keep the number: tell your IT.
counter-refused-program = The program of this PC has asked for something wrong: tell your IT.
