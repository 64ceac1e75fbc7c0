# Il manifesto allo sportello.

poster-question = Com’è andata?
poster-green = Bene
poster-yellow = Così così
poster-red = Male
poster-call = Alla fine del servizio, tocca una faccina.
poster-anonymous = È anonimo
poster-anonymous-detail = Non registriamo chi sei, a che ora voti né chi ti ha servito.
poster-free = È libero
poster-free-detail = Votare non è obbligatorio. Il servizio che ricevi è lo stesso, qualunque cosa tu scelga.
poster-once = Bastano pochi secondi
poster-once-detail = Un tocco, una volta per servizio. I risultati si pubblicano solo quando i voti sono abbastanza.
poster-more = Che cosa succede ai voti e che cosa abbiamo migliorato
