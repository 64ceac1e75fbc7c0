# What is published of a month: the page, the paragraph for the yearly report. Plain words; a number never stands
# without what it counts; nothing here orders one administration above another.

# Common words
page-list-last = { $before } and { $last }
page-other-services = other services
page-several-channels = several channels
page-reason-1 = first reason
page-reason-2 = second reason
page-reason-3 = third reason
page-reason-4 = fourth reason
page-face-green = Good
page-face-yellow = So-so
page-face-red = Bad
page-unknown = not known
page-none = none
page-fewer-than-five = fewer than 5
page-at-least = at least { $n }
page-demo = Demonstration: the administration and the votes are invented.

# Frame of the page
page-skip = Skip to content
page-network = Network that listens to citizens
page-footer = Votes are anonymous: neither who votes nor at what time is recorded. Every judgement is about the service as a whole, never about a person.
page-contact = Office in charge of listening:
page-downloads = The same figures as data:

# The month of an administration
page-title = How did it go? { $month } – { $name }
page-description = What the users of the services of { $name } said in { $month }: figures, reasons, course and method.
page-heading = How did it go?
page-heading-month = The votes of { $month }
page-lead = { $n ->
        [0] In { $month } no vote came in.
        [one] In { $month } we collected one vote: one touch on a face, right after the service.
       *[other] In { $month } we collected { $n } votes: one touch on a face, right after the service.
    }
page-lead-carried = The votes of { $month } are few: we carry them to { $next }.
page-carried-why = Publishing few votes could reveal who gave them. No vote is lost: they are added to the next month, which will say so.
page-carried-in = These figures include the votes carried from { $months }, too few then to be published.
page-corrected = Corrected version: it replaces all figures published at first.
page-withdrawn-total = First version, replaced
page-count-of = { $count } of { $n }
page-interval = 95 % interval:
page-participation-known = Voting was free: { $n ->
        [one] one vote
       *[other] { $n } votes
    } of { $served ->
        [one] one person
       *[other] { $served } people
    } served ({ $share }; 95 % interval: { $interval }).
page-participation-partly = Voting was free. How many people were served is known for some services only: the table tells.
page-participation-unknown = Voting was free. How many people were served in all is not known, so the share of those who voted is not known either.

# Service by service
page-services-title = Service by service
page-services-text = Each channel has a chart of its own, because channels are not comparable: they reach different people. Beside each percentage stands the number of votes it comes from.
page-services-caption = Votes by channel and service, with the 95 % interval
page-channel-chart = { $channel }: votes by service
page-bar-words = { $name }: { $n ->
        [one] one vote
       *[other] { $n } votes
    }; { $shares }.
page-votes-head = Votes
page-service-head = Service
page-participation-head = Who voted
page-enti-head = Administrations
page-total = All together
page-all-months = All these months
page-stratum = { $service }, { $channel }

# Reasons
page-reasons-title = The reasons of those who said “bad”
page-reasons-text = Who touches the red face may give one of four reasons. Reasons are published where there are enough negative votes; the others are added up over several services.
page-reasons-caption = Reasons of negative votes
page-reasons-none = No reasons are published for this month.
page-reasons-waiting = { $n ->
        [one] The reason of one negative vote waits for the next months, so that nobody can tell who gave it.
       *[other] The reasons of { $n } negative votes wait for the next months, so that nobody can tell who gave them.
    }
page-reason-head = Reason
page-reds-head = Negative votes
page-reds = { $n ->
        [one] one negative vote
       *[other] { $n } negative votes
    }
page-reason-words = { $reason }: { $n } of { $reds }, { $share } ({ $interval }).
page-reason-count = { $reason }: { $n }.
page-unspoken = No reason given
page-pool = Several services together

# Twelve months
page-series-title = Month by month
page-series-text = The line is the share of positive votes; the band is the 95 % interval: with few votes it is wide, and differences within the band may be chance.
page-series-caption = Votes month by month, with the 95 % interval
page-series-chart = Share of positive votes, month by month
page-month-head = Month
page-point-words = { $month }: { $share } of { $n ->
        [one] one vote
       *[other] { $n } votes
    }, interval { $interval }.
page-point-carried = { $month }: few votes, carried to the next month.
page-point-none = { $month }: no data.
page-state-carried = few votes, carried to the next month
page-state-gap = listening was not active
page-state-missing = no data published

# How to read
page-reading-title = How to read these figures
page-read-vote = The vote
page-read-vote-text = One touch on one of three faces: good, so-so, bad. It is free, anonymous and only for people who have just been served. It judges the service as a whole, never the person at the counter.
page-read-interval = The interval
page-read-interval-text = With few votes a percentage says little. The 95 % interval (Wilson’s) tells between which values the share reasonably lies: “90.12–95.48 %” means that 93 % and 91 % are both credible.
page-read-channels = Channels
page-read-channels-text = Counter, phone and web reach different people, at different moments and with different participation: their percentages do not tell which channel works better.
page-read-who = Who votes
page-read-who-text = Only those who wish to vote do, often one person in ten or fewer: those who say nothing may think otherwise. It is harder to say “bad” in front of an operator. Novelty, season, double touches and switched-off terminals change the figures too.
page-read-others = Other services
page-read-others-text = Services with few votes are added up in “other services”, so that nobody can be recognised. Every vote is in exactly one group: the sum of the groups is the total.
page-read-carried = Carried votes
page-read-carried-text = Where the votes of a month are too few even all together, they pass to the next month, which includes them and says so.
page-read-corrected = Corrected version
page-read-corrected-text = A closed month does not change. If it holds an error it can be replaced once, as a whole; the first version stays visible.
page-read-restated = Corrected version
page-read-restated-text = Where summaries or corrections arrive after the publication, the month is published again under the next number; earlier versions stay in the register.

# Data and method
page-data-title = Data and method
page-period = Period
page-published-on = Published in the register
page-edition = Version
page-edition-first = first version
page-edition-corrected = corrected version, replaces the first
page-edition-restated = corrected version number { $n }
page-catalogue-version = Version of the catalogue of services
page-rules-version = Version of the rules
page-software-version = Version of the software that closed the month
page-parameters = Confidentiality rules
page-parameters-text = a group is published from { $threshold } votes on ({ $sensitive } for sensitive services); below { $below } votes, only if at least { $dominance } are not negative; reasons from { $reasons } negative votes on
page-votes-late = Votes that arrived after their month was closed
page-votes-repeat = Touches close together on one terminal
page-votes-outside = Votes outside opening hours
page-votes-revoked = Votes of terminals revoked later
page-votes-over = Votes beyond the number of people served
page-backing = Votes given with an invite or in the presence of an attendant
page-backing-none = none
page-backing-under-quarter = under a quarter
page-backing-to-half = from a quarter to half
page-backing-to-three-quarters = from half to three quarters
page-backing-more = more than three quarters
page-backing-all = all
page-listened = Opening hours in which one could vote
page-listened-tenths = { $n ->
        [0] less than a tenth
        [one] about a tenth
        [10] all, or nearly so
       *[other] about { $n } tenths
    }
page-restored = Restore
page-restored-text = after a restore of the data, invites handed out before are no longer valid
page-gaps = Months without survey
page-ballots-root = Fingerprint of the ballot box
page-licence = Licence of the data
page-verify = How to verify
page-verify-text = The figures come from entry { $sequence } of the publisher’s signed register, which has this fingerprint; every member of the network holds a copy. Who has the registers recomputes everything, also offline, with two commands:

# The national month
page-national-title = How did it go in Italy? { $month } – { $name }
page-national-description = What citizens said of public services in { $month }: national figures with their coverage.
page-national-heading = The votes of { $month } in the whole network
page-national-lead = In { $month } { $counted ->
        [0] none of { $expected } administrations transmitted its results
        [one] one of { $expected } administrations transmitted its results
       *[other] { $counted } of { $expected } administrations transmitted their results
    }: { $n ->
        [one] one vote
       *[other] { $n } votes
    } in all. Here are only sums: no administration is named, but for a good practice and with its consent.
page-national-series-text = The line is the share of positive votes of all administrations together; the band is the 95 % interval. Which administrations transmit changes from month to month.
page-fixed-text = The administrations that transmit change, and with them the services. The dashed line takes this effect out: each service, in each channel, weighs what it weighed in { $year }. It covers only services given by name in one channel, with at least 30 votes in the month, and there already in { $year }; the table says how many votes those are.
page-fixed-head = With the weight of services in { $year }
page-fixed-point-words = { $month }, with the weights of the year before: { $share }, interval { $interval }; it covers { $covered } of { $n ->
        [one] one vote
       *[other] { $n } votes
    }.
page-crude-head = As they are
page-national-reasons-text = The reasons of those who touched the red face, by channel. Those that administrations publish only together, for confidentiality, stand last.
page-restated = Corrected version number { $n }, published on { $day }: it replaces the figures published before.
page-superseded = Replaced: since { $day } the corrected version number { $n } holds.
page-versions-title = The versions of this month
page-versions-text = Every version stays in the signed register with the figures it had. The last one holds.
page-versions-caption = The published versions, from the first
page-coverage-title = How many administrations are in these figures
page-coverage-text = National percentages add up votes, never the percentages of administrations. They hold for the administrations that transmitted.
page-coverage-expected = Administrations expected
page-coverage-counted = Administrations that transmitted
page-coverage-carried = of which with few votes, carried to the next month
page-coverage-refused = Administrations whose summary is refused because it breaks the rules
page-coverage-not-understood = Administrations with a summary of a newer version
page-coverage-forked = Administrations with a contradictory register
page-coverage-population-expected = Inhabitants of the municipalities expected
page-coverage-population-counted = Inhabitants of the municipalities that transmitted
page-coverage-carried-in = Carried months included in this one
page-practices-title = Good practices
page-practices-text = The administrations that wrote them have agreed to be named. The order is alphabetical.
page-as-of = Fingerprint of the summaries counted

# The paragraph for the yearly report
page-report-title = Users’ satisfaction surveyed with faces (D.lgs. 150/2009, arts. 7, 8 and 19-bis)
page-report-year = { $span ->
        [one] In { $to }
       *[other] From { $from } to { $to }
    } { $name } listened to people who had just used its services ({ $services }; channels: { $channels }), by one touch on a face. Months with published results: { $months }. In all,
page-report-year-empty = { $span ->
        [one] In { $to }
       *[other] From { $from } to { $to }
    } { $name } has no published results yet.
page-report-month = In { $month } alone,
page-report-month-empty = In { $month } alone no vote came in.
page-report-carried = The votes of { $month } are too few to be published and are carried to the next month.
page-report-faces = { $n ->
        [one] one vote
       *[other] { $n } votes
    }: { $faces }.
page-report-face = { $face } { $count } ({ $share }; 95 % interval: { $interval })
page-report-warnings = To be kept in mind.
page-warn-who = Only those who wished to vote did: the votes do not represent all users.
page-warn-participation = Participation is known: in { $month } { $share } of those served voted ({ $n } of { $served }; 95 % interval: { $interval }).
page-warn-participation-partly = Participation is known for some services only, because for the others the number of people served is not known.
page-warn-participation-unknown = Participation is not known, because the number of people served is not known.
page-warn-channels = Channels reach different people with different participation: their percentages are not comparable as a measure of quality.
page-warn-counter = At the counter the presence of the operator may make a negative vote harder.
page-warn-operators = The votes are about services as a whole and must not be used to assess single persons.
page-warn-merged = Services with few votes are added up in “other services”.
page-warn-carried = Votes too few to be published in their month, carried to the next month: { $months }.
page-warn-absent = Data of { $months } are missing.
page-warn-corrected = The figures of the month are a corrected version.
page-report-source = Source: entry { $sequence } of the administration’s signed register (published on { $day }; fingerprint { $id }). Data under the licence { $licence }.
