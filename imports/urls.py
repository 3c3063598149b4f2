from django.urls import path

from imports.views import confirm, history, mapping, review, upload

urlpatterns = [
    path("imports/", history.imports, name="imports"),
    path("import/", upload.upload, name="import_upload"),
    path("import/<int:pk>/", upload.batch, name="import_batch"),
    path("import/<int:pk>/map/", mapping.columns, name="import_map"),
    path("import/<int:pk>/map/layout/", mapping.layout, name="import_layout"),
    path("import/<int:pk>/accounts/", mapping.statements, name="import_accounts"),
    path("import/<int:pk>/review/", review.review, name="import_review"),
    path("import/<int:pk>/review/choice/", review.choose, name="import_choice"),
    path("import/<int:pk>/confirm/", confirm.confirm, name="import_confirm"),
    path("import/<int:pk>/done/", confirm.done, name="import_done"),
    path("import/<int:pk>/resume/", confirm.resume, name="import_resume"),
    path("import/<int:pk>/undo/", history.undo, name="import_undo"),
    path("import/<int:pk>/again/", history.again, name="import_again"),
    path("import/<int:pk>/discard/", history.discard, name="import_discard"),
]
