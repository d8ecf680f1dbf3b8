"""Fictitious names for the demo portfolio: people, streets, vendors. Lists only.

E-mail addresses use reserved ``.example`` domains and phone numbers the reserved 555-01xx range, so nothing here can reach anyone. No
family name is used in QuickBooks' own sample company.
"""

GIVEN_NAMES = (
    "Aaliyah", "Aaron", "Adriana", "Alejandro", "Alicia", "Amara", "Amir", "Andre", "Angela", "Anika",
    "Antonio", "Arjun", "Beatriz", "Benjamin", "Bianca", "Brandon", "Brianna", "Camila", "Carlos",
    "Caroline", "Cedric", "Chloe", "Claire", "Damian", "Daniela", "Darnell", "Deborah", "Desmond", "Devon",
    "Elena", "Elijah", "Emeka", "Esther", "Ethan", "Farah", "Felicia", "Fernando", "Gabriel", "Gloria",
    "Hassan", "Hiroshi", "Imani", "Ines", "Isabel", "Ivan", "Jasmine", "Javier", "Jerome", "Joanna",
    "Joaquin", "Jordan", "Julia", "Kavita", "Keisha", "Kevin", "Kwame", "Latoya", "Leila", "Leonard",
    "Linh", "Lorenzo", "Malik", "Marcus", "Maria", "Martin", "Mei", "Miguel", "Monique", "Nadia", "Naomi",
    "Nathan", "Nikolai", "Noor", "Olivia", "Omar", "Oscar", "Patricia", "Paulo", "Quentin", "Rachel",
    "Rafael", "Rashida", "Renata", "Roberto", "Rosa", "Samir", "Sandra", "Shanice", "Simone", "Stephen",
    "Sunita", "Tamara", "Terrell", "Theresa", "Thomas", "Tyrone", "Valeria", "Victor", "Wei", "Winston",
    "Yolanda", "Yusuf", "Zainab", "Zoe",
)  # fmt: skip

FAMILY_NAMES = (
    "Abernathy", "Acosta", "Adeyemi", "Aguilar", "Ahmed", "Albright", "Anders", "Baptiste", "Barnhart",
    "Bautista", "Beaumont", "Benitez", "Bhatt", "Blackwell", "Bouchard", "Bradshaw", "Brennan", "Calderon",
    "Callahan", "Castellanos", "Chaudhry", "Coleman", "Contreras", "Cordero", "Dawson", "Delacroix",
    "Dominguez", "Donnelly", "Dubois", "Eastman", "Escobar", "Espinoza", "Fairchild", "Farouk", "Ferreira",
    "Figueroa", "Fontaine", "Gallagher", "Garrison", "Gebremedhin", "Goldstein", "Guerrero", "Gupta",
    "Haddad", "Halloran", "Hargrove", "Hawthorne", "Holloway", "Huang", "Ibrahim", "Iyer", "Jankowski",
    "Jefferson", "Kamara", "Kaplan", "Kowalski", "Laurent", "Leclair", "Lombardi", "Maldonado", "Marchetti",
    "McAllister", "Mensah", "Montgomery", "Moreau", "Nakamura", "Nguyen", "Novak", "Obi", "Odonnell",
    "Okonkwo", "Olsen", "Pacheco", "Patel", "Pemberton", "Petrov", "Quintero", "Rahman", "Ramirez",
    "Rasmussen", "Rosario", "Rutherford", "Salazar", "Sandoval", "Schroeder", "Sheppard", "Silveira",
    "Sokolov", "Stanton", "Suarez", "Takahashi", "Thibodeaux", "Thornton", "Tran", "Underhill", "Valdez",
    "Vasquez", "Villanueva", "Wakefield", "Washington", "Weatherby", "Whitaker", "Winslow", "Yamamoto",
    "Zamora", "Zielinski",
)  # fmt: skip

STREETS = (
    "Alder Street", "Beech Avenue", "Birchwood Lane", "Canal Street", "Cedar Court", "Chestnut Street",
    "Clover Hill Road", "Dogwood Terrace", "Elm Street", "Fairview Avenue", "Franklin Avenue",
    "Garden Street", "Grove Street", "Hawthorne Place", "Hickory Road", "Hillside Avenue", "Juniper Way",
    "Lafayette Street", "Laurel Avenue", "Linden Avenue", "Magnolia Court", "Main Street", "Maple Avenue",
    "Mill Road", "Mulberry Street", "Oakland Avenue", "Orchard Street", "Park Place", "Pine Street",
    "Prospect Street", "Quarry Road", "River Road", "Spruce Street", "Summit Avenue", "Sycamore Drive",
    "Union Street", "Walnut Street", "Washington Avenue", "Willow Street", "Winding Way",
)  # fmt: skip

TOWNS = (  # town, state, ZIP code, monthly rent of a one-bedroom apartment
    ("Trenton", "NJ", "08608", 1350),
    ("Hamilton", "NJ", "08619", 1475),
    ("Ewing", "NJ", "08618", 1425),
    ("Lawrenceville", "NJ", "08648", 1695),
    ("Princeton", "NJ", "08540", 2150),
    ("Bordentown", "NJ", "08505", 1550),
    ("Burlington", "NJ", "08016", 1395),
    ("Levittown", "PA", "19054", 1450),
    ("Morrisville", "PA", "19067", 1380),
    ("Newtown", "PA", "18940", 1890),
)

VENDORS = (  # name, what it is paid for (account), usual amount from, to
    ("Brightline Plumbing", "5000", 145, 980),
    ("Garden State Electric Repair", "5000", 120, 760),
    ("Keystone Heating & Cooling", "5000", 180, 1450),
    ("Delaware Valley Roofing", "5000", 350, 2900),
    ("Mercer Lock & Key", "5000", 65, 240),
    ("Tri-County Water Utility", "5100", 85, 640),
    ("Atlantic Power & Gas", "5100", 110, 890),
    ("Old Mill Insurance Agency", "5200", 210, 1150),
    ("Green Acre Landscaping", "5300", 95, 480),
    ("Sparkle & Shine Cleaning", "5400", 80, 320),
    ("Colonial Building Supply", "5500", 18, 410),
    ("Mercer County Tax Collector", "5600", 900, 4200),
    ("Summit Pest Control", "5900", 75, 260),
    ("QuickPrint Signs", "5900", 25, 180),
)
