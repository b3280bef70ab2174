"""The fields that a form for a new lead asks for, in order: key and label."""

FORM = (
    ("email", "E-mail"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("company", "Company"),
    ("title", "Title"),
    ("linkedin_url", "LinkedIn"),
    ("phone", "Phone"),
    ("website", "Website"),
    ("country", "Country"),
)
