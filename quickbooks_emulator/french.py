"""Fault texts in another language: texts follow the company's, only codes are stable.

The text of 6140 was seen on a French company; the others are ours, there to prove that a client branches on
codes.
"""

from typing import Any

_MESSAGES = {
    "610": "Objet introuvable",
    "2010": "La requête contient une propriété non valide ou non prise en charge",
    "2020": "Paramètre obligatoire manquant",
    "2050": "La longueur de la chaîne dépasse la limite",
    "2500": "ID de référence non valide",
    "4001": "Requête non valide",
    "5010": "Erreur d'objet obsolète",
    "6000": "Une erreur de validation métier s'est produite",
    "6140": "Numéro de document en double",
    "6210": "Période comptable clôturée",
    "6240": "Erreur de nom en double",
    "6540": "Une opération déposée ne peut pas être modifiée",
}
_TYPES = {"Invoice": "Facture", "Bill": "Facture fournisseur", "Payment": "Paiement", "Expense": "Dépense"}


def translated(error: dict[str, Any]) -> dict[str, Any]:
    """One entry of a fault with French texts, if there are any."""
    message = _MESSAGES.get(error["code"])
    if message is None:
        return error
    detail = message
    if error["code"] == "6140":
        assigned = error["Detail"].rpartition("already been used. ")[2]
        for english, french in _TYPES.items():
            assigned = assigned.replace(f"TxnType={english}", f"TxnType={french}")
        detail = (
            f"{message} : Vous devez indiquer un nombre différent. Ce numéro a déjà été utilisé. {assigned}"
        )
    return {**error, "Message": message, "Detail": detail}
