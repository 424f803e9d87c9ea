"""How the demo company shapes its tables for the admin: what a user of Countersign would write for their own.

Some things here are worth a look: `internal_risk_score` of customers is hidden from everybody, `iban` is
masked for all but managers, and a person who is only an operator does not see customers in Iceland, neither in
their own table nor in the view that names them.
"""

# ruff: noqa: RUF012 - the options are read once by the catalog and never changed

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from ops.catalog import Field, Refuse, Resource, action, later, validates

Row = dict[str, Any]


class Customers(Resource):
    table = "shop.customers"
    group = "Sales"
    title = "{name}"
    columns = ("number", "name", "status", "city", "country", "credit_limit", "email", "created_at")
    search = ("number", "name", "email")
    readonly = ("number", "created_at", "updated_at")
    hidden = ("internal_risk_score",)
    masked = {"iban": "manager"}
    rows = {"operator": "country <> 'IS'"}
    order = "-created_at"
    groups = {
        "Customer": ("number", "name", "status", "parent_id", "notes"),
        "Where to find them": ("country", "city", "email", "phone"),
        "Money": ("credit_limit", "open_orders", "iban"),
    }
    computed = {
        "open_orders": "SELECT coalesce(sum(o.total), 0) FROM shop.orders o WHERE o.customer_id = customers.id "
        "AND o.status IN ('confirmed', 'picking', 'on_hold')"
    }
    formats = {"email": "email", "phone": "phone", "open_orders": "money", "notes": "multiline"}
    filters = ("status", "country", "created_at")
    named_filters = {"On hold": "status.is=on_hold"}

    @validates("credit_limit")
    def limit_is_sane(self, credit_limit: Decimal | None) -> str | None:
        return "A limit cannot be negative." if credit_limit is not None and credit_limit < 0 else None

    @action("Put on hold", many=True)
    def hold(self, customer: Row, *, why: Annotated[str, Field(label="Why", lines=3)]) -> Row:
        """Nothing more is shipped to the customer until somebody makes them active again."""
        if customer["status"] == "closed":
            raise Refuse("This customer is closed.")
        return {"status": "on_hold", "notes": "\n".join(filter(None, (customer["notes"], f"On hold: {why}")))}


class Orders(Resource):
    table = "shop.orders"
    group = "Sales"
    title = "{number} · {customer}"
    columns = (
        "number",
        "customer_id",
        "status",
        "total",
        "currency",
        "warehouse_id",
        "sales_rep",
        "placed_at",
    )
    search = ("number", "customer.name")
    readonly = ("number", "placed_at", "updated_at")
    order = "-placed_at"
    groups = {
        "Order": ("number", "customer_id", "status", "sales_rep"),
        "Delivery": ("requested_for", "warehouse_id", "delivery_note"),
        "Money": ("total", "currency"),
    }
    formats = {"delivery_note": "multiline"}
    filters = ("status", "customer_id", "placed_at")
    named_filters = {"Waiting to be picked": "status.is=confirmed", "On hold": "status.is=on_hold"}

    @action("Ship from another warehouse", many=True)
    def move(self, order: Row, *, warehouse: Annotated[int, Field(table="shop.warehouses")]) -> Row:
        """The order is picked somewhere else. Whoever packs there is told."""
        if order["status"] in ("shipped", "delivered", "cancelled", "returned"):
            raise Refuse("This order has left its warehouse already.")
        later("warehouse.order_moved", order=order["number"], to=warehouse)
        return {"warehouse_id": warehouse}


class OrderLines(Resource):
    table = "shop.order_lines"
    group = "Sales"
    title = "{order} · line {line_no}"
    columns = ("order_id", "line_no", "product_id", "quantity", "unit_price", "discount_percent", "amount")


class OpenOrders(Resource):
    table = "shop.open_orders"
    group = "Sales"
    title = "{number}"
    columns = ("number", "status", "customer_number", "customer_name", "total", "currency", "placed_at")
    # A view shows what its tables hold, whatever is said of them: a row condition must be said of it as well.
    rows = {"operator": "country <> 'IS'"}


class Products(Resource):
    table = "shop.products"
    group = "Stock"
    title = "{name}"
    columns = ("sku", "name", "category_id", "supplier_id", "price", "active", "storage", "tags")
    search = ("sku", "name")
    readonly = ("created_at", "updated_at")
    order = "name"


class ProductCategories(Resource):
    table = "shop.product_categories"
    group = "Stock"
    label = "Categories"
    title = "{name}"
    columns = ("name", "parent_id", "slug", "sort_order")


class Suppliers(Resource):
    table = "shop.suppliers"
    group = "Stock"
    title = "{name}"
    columns = ("code", "name", "country", "rating", "contact_email", "supplier_since")
    search = ("code", "name")
    readonly = ("updated_at",)
    masked = {"iban": "manager"}


class Warehouses(Resource):
    table = "shop.warehouses"
    group = "Stock"
    title = "{name}"
    columns = ("code", "name", "country", "opens_at", "closes_at", "storage")


class StockLevels(Resource):
    table = "shop.stock_levels"
    group = "Stock"
    title = "{product} in {warehouse}"
    columns = ("warehouse_id", "product_id", "on_hand", "reserved", "bin_code", "counted_at")


class StockMovements(Resource):
    table = "shop.stock_movements"
    group = "Stock"
    title = "{reason} {id}"
    columns = ("id", "moved_at", "warehouse_id", "product_id", "quantity", "reason")
    order = "-moved_at"


class LegacyPriceList(Resource):
    table = "shop.LegacyPriceList"
    group = "Stock"
    label = "Old price list"
    title = "{Item No}"


class ImportLog(Resource):
    table = "shop.import_log"
    group = "Stock"
    label = "Import log"


class Payments(Resource):
    table = "shop.payments"
    group = "Finance"
    title = "{amount} {currency} for {order}"
    columns = (
        "order_id",
        "method",
        "state",
        "amount",
        "currency",
        "external_ref",
        "received_at",
        "created_at",
    )
    search = ("external_ref",)
    readonly = ("created_at", "gateway_id")
    order = "-created_at"

    @action("Refund", permission="payments.refund", approval=True, danger=True)
    def refund(self, payment: Row, *, reason: Annotated[str, Field(label="Why", lines=3)]) -> Row:
        """Give the whole amount back. The gateway is told once everybody who is asked has agreed."""
        if payment["state"] != "captured":
            raise Refuse("Only a captured payment can be refunded.")
        later("gateway.refund", payment=payment["id"], amount=payment["amount"], reason=reason)
        return {"state": "refunded"}


class Refunds(Resource):
    table = "shop.refunds"
    group = "Finance"
    title = "{amount}: {reason}"
    columns = ("id", "payment_id", "amount", "reason", "approved_by", "refunded_at")
    order = "-id"


class Payouts(Resource):
    table = "shop.payouts"
    group = "Finance"
    title = "{amount} {currency} to {supplier}"
    columns = ("supplier_id", "amount", "currency", "value_date", "sent_at", "remittance")
    readonly = ("sent_at",)
    masked = {"iban": "manager", "bank_account": "manager"}
    order = "-value_date"


class MonthlyRevenue(Resource):
    table = "shop.monthly_revenue"
    group = "Finance"
    label = "Monthly revenue"
    columns = ("month", "currency", "orders", "revenue", "average_order")


class Shipments(Resource):
    table = "shop.shipments"
    group = "Service"
    title = "{carrier} {tracking}"
    columns = (
        "tracking",
        "order_id",
        "carrier",
        "shipped_at",
        "eta",
        "delivered_at",
        "transit_time",
        "parcels",
    )
    search = ("tracking",)
    order = "-shipped_at"
    links = {"Track it": "https://track.example.com/{carrier}/{tracking}"}
    formats = {"transit_time": "duration"}


class Tickets(Resource):
    table = "shop.tickets"
    group = "Service"
    title = "{number}: {subject}"
    columns = ("number", "subject", "customer_id", "priority", "state", "assigned_to", "opened_at")
    search = ("number", "subject")
    readonly = ("number", "opened_at", "updated_at")
    order = "-opened_at"
    formats = {"body": "multiline", "first_reply_after": "duration"}
    named_filters = {"Urgent and open": ("state.is=open", "priority.is=urgent")}

    @action("Report a problem")
    def report(
        self,
        *,
        subject: str,
        details: Annotated[str | None, Field(lines=5)] = None,
        priority: Literal["low", "normal", "high", "urgent"] = "normal",
        noticed_on: date | None = None,
    ) -> Row:
        """Open a ticket of our own, about no customer."""
        noticed = f"Noticed on {noticed_on:%Y-%m-%d}. " if noticed_on else ""
        return {"subject": subject, "body": noticed + (details or "") or None, "priority": priority}
