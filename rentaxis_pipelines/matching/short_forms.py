"""Short forms of given names in the United States: Bob is Robert. Data only, folded like ``names.plain``.

Only short forms of a single name are here: Chris, Pat, Jon and Kim can be short for different names, and would match people
who have nothing in common. They are a hint that a person confirms, never proof.
"""

_SHORT: dict[str, str] = {
    "abigail": "abby", "andrew": "andy drew", "anthony": "tony", "barbara": "barb", "benjamin": "ben benny", "catherine": "cathy",
    "charles": "charlie chuck", "cynthia": "cindy", "daniel": "dan danny", "david": "dave davey", "deborah": "deb debbie",
    "donald": "don donnie", "dorothy": "dot dottie", "edward": "ed eddie ted", "elizabeth": "liz lizzie beth betty eliza betsy",
    "eugene": "gene", "francisco": "paco pancho", "frederick": "fred freddy", "gabriel": "gabe", "gregory": "greg", "guadalupe": "lupe",
    "guillermo": "memo", "gustavo": "gus", "henry": "hank", "ignacio": "nacho", "jacob": "jake", "jacqueline": "jackie", "james": "jim jimmy",
    "jeffrey": "jeff", "jennifer": "jen jenny", "jessica": "jess jessie", "jesus": "chuy", "jose": "pepe",
    "joseph": "joe joey", "joshua": "josh", "judith": "judy", "kathleen": "kathy", "kenneth": "ken kenny",
    "lawrence": "larry", "leonard": "len lenny", "louis": "lou", "margaret": "maggie meg peggy", "matthew": "matt", "michael": "mike mickey",
    "mohammed": "mohamed muhammad mohammad", "nathaniel": "nate", "nicholas": "nick", "patricia": "patty trish", "peter": "pete",
    "philip": "phil", "raymond": "ray", "rebecca": "becky", "richard": "rick ricky dick rich", "robert": "bob bobby rob robbie",
    "ronald": "ron ronnie", "rosario": "charo", "stephen": "steve", "susan": "sue susie suzie", "theodore": "theo", "thomas": "tom tommy",
    "timothy": "tim timmy", "vincent": "vince vinny", "walter": "walt", "william": "bill billy will willie", "zachary": "zach zack",
}  # fmt: skip

FORMAL = {short: formal for formal, shorts in _SHORT.items() for short in shorts.split()}
