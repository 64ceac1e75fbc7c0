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
