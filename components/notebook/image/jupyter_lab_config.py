"""The pages: what is there is what the image has, and nothing outside is asked."""

c = get_config()  # noqa: F821 (Jupyter gives it)
c.LabApp.extension_manager = "readonly"
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
