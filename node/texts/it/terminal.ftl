# Ciò che il terminale dice al personale.

agent-clock-ahead = L’orologio di questo terminale è avanti di { $span }: va regolato.
agent-clock-behind = L’orologio di questo terminale è indietro di { $span }: va regolato.
agent-clock-lost = L’orologio di questo terminale mostra un giorno impossibile, e non si può votare: va regolato, o il terminale va collegato alla rete.
agent-away-too-long = Questo terminale non è collegato da più di 60 giorni, oppure il suo orologio è avanti, e non si può votare: va collegato alla rete.
agent-revoked = Questo terminale è stato revocato, e non si può votare: serve un nuovo codice da chi gestisce il nodo.
agent-filling = Su questo terminale attendono { $held } voti, ne entrano { $most }: va collegato alla rete.
agent-minutes = { $count ->
    [one] un minuto
   *[other] { $count } minuti
}
agent-hours = { $count ->
    [one] un’ora
   *[other] { $count } ore
}
agent-days = { $count ->
    [one] un giorno
   *[other] { $count } giorni
}
