# How far the federation is from its targets, and the message for whoever is late.

adhesion-figures = { $enti } enti, { $services } services{ $late ->
        [0] ; no ente is late.
        [one] ; one ente is late.
       *[other] ; { $late } enti are late.
    }
adhesion-figures-of = { $enti }/{ $enti_target } enti, { $services }/{ $services_target } services{ $late ->
        [0] ; no ente is late.
        [one] ; one ente is late.
       *[other] ; { $late } enti are late.
    }
adhesion-lack-plan = the survey plan is missing
adhesion-lack-months = { $count ->
        [one] the summary of { $month } is missing
       *[other] the summaries of { $count } months are missing, from { $month } on
    }
adhesion-lack-refused = the summary of { $month } breaks the rules and does not count
adhesion-lack-key = the transport key of the node expired on { $day }
adhesion-reminder-subject = Faccina: what { $name } still owes
adhesion-reminder =
    Dear quality office of { $name },

    in the Faccina network these are still open:
    { $lacks }

    Please see to it by { $until }.
    - A plan is published with "faccina plan publish", or by whoever runs the node.
    - Summaries leave by themselves on the 11th, if the node is on and connected: "faccina status" says what is missing.
    - A key is renewed with "faccina keys renew": send the file that it writes by PEC.

    If you have done so already, ignore this message. If you cannot take part at present, please tell us.

    Dipartimento della Funzione Pubblica
