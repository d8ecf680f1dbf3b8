"""SQL as package data: ``staging/`` reads RentAxis, ``marts/`` proves and reports, ``demo/`` makes the demo's tables."""
