"""What a kiosk says of itself."""

from django import forms


class BeatForm(forms.Form):
    """What an open page says of itself; what is odd counts as not said."""

    version = forms.CharField(max_length=100, required=False)
    paper = forms.CharField(max_length=10, required=False)
    age = forms.IntegerField(min_value=0, max_value=10**12, required=False)  # of the page, in ms
