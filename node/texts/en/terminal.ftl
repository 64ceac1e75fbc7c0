# What a terminal says to staff.

agent-clock-ahead = The clock of this terminal is { $span } fast: it must be set.
agent-clock-behind = The clock of this terminal is { $span } slow: it must be set.
agent-clock-lost = The clock of this terminal shows an impossible day, and nobody can vote: set it, or connect the terminal to the network.
agent-away-too-long = This terminal has not been connected for more than 60 days, or its clock is ahead, and nobody can vote: connect it to the network.
agent-revoked = This terminal was revoked, and nobody can vote: it needs a new code from whoever runs the node.
agent-filling = { $held } votes wait on this terminal, { $most } fit: connect it to the network.
agent-minutes = { $count ->
    [one] a minute
   *[other] { $count } minutes
}
agent-hours = { $count ->
    [one] an hour
   *[other] { $count } hours
}
agent-days = { $count ->
    [one] a day
   *[other] { $count } days
}
