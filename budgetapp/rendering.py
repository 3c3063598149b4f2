from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Draws forms and their fields with the project's own templates."""

    form_template_name = "_form.html"
    field_template_name = "_field.html"
