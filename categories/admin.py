from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from categories.models import AmountRule, Category, MerchantMapping


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("path", "palette", "is_income", "is_excluded_from_spending", "is_recurring")
    list_filter = ("is_income", "is_excluded_from_spending", "is_recurring")
    search_fields = ("display_name", "short_desc", "parent__display_name")
    prepopulated_fields = {"short_desc": ("display_name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return Category.objects.as_tree()


@admin.register(AmountRule)
class AmountRuleAdmin(admin.ModelAdmin):
    list_display = ("pattern", "amount", "tolerance", "category")
    list_select_related = ("category",)
    search_fields = ("pattern", "category__display_name")
    autocomplete_fields = ("category",)
    ordering = ("pattern", "id")


@admin.register(MerchantMapping)
class MerchantMappingAdmin(admin.ModelAdmin):
    list_display = ("pattern", "is_regex", "category", "confirmations")
    list_filter = ("is_regex",)
    list_select_related = ("category",)
    search_fields = ("pattern", "category__display_name")
    autocomplete_fields = ("category",)
    ordering = ("pattern", "id")
