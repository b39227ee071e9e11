"""The console page of the API's document."""
