# What closing a month publishes, for whoever is about to do it.

close-carried = { $month }: the votes are too few to be published; { $n ->
        [one] one vote is carried
       *[other] { $n } votes are carried
    } to the next month, and only this is published now.
close-figures = { $month }: { $n ->
        [0] no votes
        [one] one vote in { $groups } group
       *[other] { $n } votes in { $groups ->
            [one] one group
           *[other] { $groups } groups
        }
    }; { $merged ->
        [0] no service will be merged
        [one] one service will be merged into other services
       *[other] { $merged } services will be merged into other services
    }{ $carried }{ $reasons }.
close-carried-in = ; { $n ->
        [one] one vote carried
       *[other] { $n } votes carried
    } from earlier months
close-reasons-wait = ; the reasons of { $n ->
        [one] one red vote
       *[other] { $n } red votes
    } wait for later months

# What to look at before closing. A mark takes no vote away.
close-preview = { $figures } { $verify }
close-verify = To be verified: { $services }. It is an invitation to look, not an accusation: no vote is taken away.
close-verify-service = { $service } ({ $checks })
check-outside-hours = votes outside opening hours
check-over-served = more votes than users served
check-short-gaps = too many votes less than five seconds after the one before
check-burst = too many votes within a minute
check-end-loading = too many votes at the end of the hours or of the month
check-fast-greens = votes close together are greener than the others
check-participation = far more votes for each user served than in the months before

# The correction of a published month: the whole month is replaced, once.
correct-figures = Corrected version, which replaces the first. { $figures } What changes: { $changes }. The first version stays visible.
correct-group = { $group }: from { $from } to { $to } votes
correct-served = { $group }: users served from { $from } to { $to }
correct-number = { $n }
correct-unknown = “not known”
correct-other-services = other services

# The node has lost data: what follows `faccina adopt`.
adopt-begun = The node takes over from the other nodes what it had published. Invites given out until now are void; votes wait on the terminals until the other nodes have answered; the next summary says that the data were restored. Votes received after the state that was put back, and confirmed to their terminals, are lost; those that still wait on terminals come by themselves.
adopt-asking = The node is asking the other nodes already what it had published: it only has to be connected. If nobody can answer: faccina adopt --offline
adopt-alone = The node goes on with the data it has, without having asked the others. Invites given out until now are void, and the next summary says that the data were restored. If other nodes hold entries of this node that are missing here, publishing stops and says so.
