# What the node tells the staff of a counter about the terminal that it opens.

counter-terminal-away = The terminal is not connected: check that it is switched on and on the network.
counter-terminal-off = The terminal is suspended, revoked or no longer of this counter: tell your IT.
counter-no-services = None of the services of this counter is active now: tell your IT.
counter-terminal-clock = The clock of the terminal is wrong: tell your IT.
counter-terminal-full = The terminal has hardly any room left for votes that wait: tell your IT.
