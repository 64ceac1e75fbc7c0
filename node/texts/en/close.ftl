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
