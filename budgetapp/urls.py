from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from budgetapp.owner import has_owner
from budgetapp.sign_ins import SignInForm

sign_in = LoginView.as_view(
    template_name="sign_in.html",
    authentication_form=SignInForm,
    redirect_authenticated_user=True,
    extra_context={"has_owner": has_owner},
)

urlpatterns = [
    path("", include("budgetapp.pages")),
    path("", include("accounts.urls")),
    path("", include("plaid_sync.urls")),
    path("", include("imports.urls")),
    path("", include("investments.urls")),
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("admin/", admin.site.urls),
]
