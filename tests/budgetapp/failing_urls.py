"""The app's routes and one that fails, to see what an error answers with."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from budgetapp.urls import urlpatterns as routes


@login_not_required
def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("This page always fails.")


urlpatterns = [*routes, path("fails/", fail)]
