# Che cosa il nodo dice al personale di uno sportello sul terminale che apre.

counter-terminal-away = Il terminale non è collegato: controllate che sia acceso e in rete.
counter-terminal-off = Il terminale è sospeso, revocato o non è più di questo sportello: avvisate il personale informatico.
counter-no-services = Nessun servizio di questo sportello è attivo adesso: avvisate il personale informatico.
counter-terminal-clock = L’orologio del terminale è sbagliato: avvisate il personale informatico.
counter-terminal-full = Il terminale ha quasi esaurito lo spazio per i voti in attesa: avvisate il personale informatico.
