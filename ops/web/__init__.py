"""HTTP: the only place that knows requests, HTML, cookies.

Owns the gate every request passes (`gate`), how a page is rendered (`page`), sessions as cookies (`session`),
error pages, and a folder for each room of the screens: views of 5 to 15 lines that call one room below.
Refuses to own rules: who may, what is valid and what is written is decided below, for jobs and commands too.

A view file:

    bp = Blueprint("exports", __name__, url_prefix="/exports")

    @bp.get("/")
    @needs(Permission.EXPORTS_RUN)
    def index() -> Response:
        return render("exports/index.html", runs=exports.mine(tx(), actor()))

    @bp.post("/")
    @needs(Permission.EXPORTS_RUN)
    def create() -> Answer:
        # database() ends the request's reading first: transactions never nest
        run = exports.request(database(), platform().catalog, actor(), …)
        flash("ok", t("exports.requested"))
        return see_other(url_for("exports.show", run=run))

`ops/app.py` lists the blueprints.
"""
