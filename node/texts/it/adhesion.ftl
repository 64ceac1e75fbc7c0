# L’adesione rispetto agli obiettivi, e il messaggio per chi è in ritardo.

adhesion-figures = { $enti } enti, { $services } servizi{ $late ->
        [0] ; nessun ente in ritardo.
        [one] ; un ente in ritardo.
       *[other] ; { $late } enti in ritardo.
    }
adhesion-figures-of = { $enti }/{ $enti_target } enti, { $services }/{ $services_target } servizi{ $late ->
        [0] ; nessun ente in ritardo.
        [one] ; un ente in ritardo.
       *[other] ; { $late } enti in ritardo.
    }
adhesion-lack-plan = manca il piano di rilevazione
adhesion-lack-months = { $count ->
        [one] manca la sintesi di { $month }
       *[other] mancano le sintesi di { $count } mesi, da { $month } in poi
    }
adhesion-lack-refused = la sintesi di { $month } non rispetta le regole e non è contata
adhesion-lack-key = la chiave di collegamento del nodo è scaduta { $day }
adhesion-reminder-subject = Rete Faccina: adempimenti in sospeso di { $name }
adhesion-reminder =
    Gentile ufficio qualità di { $name },

    nella rete di ascolto Faccina risultano in sospeso:
    { $lacks }

    Vi chiediamo di provvedere entro { $until }.
    - Il piano si pubblica con "faccina plan publish" o dalla persona che gestisce il nodo.
    - Le sintesi partono da sole il giorno 11 del mese, se il nodo è acceso e collegato: "faccina status" dice che cosa manca.
    - La chiave si rinnova con "faccina keys renew": il file che scrive va inviato per PEC.

    Se avete già provveduto, non tenete conto di questo messaggio. Se non potete partecipare in questo periodo, fatecelo sapere.

    Dipartimento della Funzione Pubblica
