/// The policy of `methodwall demo`: `policies/demo.yaml`, which a test compares with it.
let demoPolicyText = #"""
    # yaml-language-server: $schema=methodwall.schema.json
    # What `methodwall demo` serves: a small service that accepts far too much, behind a policy that
    # does not. Change a line while it runs and ask again.
    methodwall: 1
    policy: demo

    cors:
      origins: ["https://app.example.com", "https://*.example.com"] # * stands for one label
      headers: [Content-Type, Authorization]
      max_age: 10m

    paths:
      /status: GET # GET brings HEAD along; OPTIONS is always answered
      /users: GET POST
      /users/{id:int}: GET PUT PATCH DELETE # only digits; /users/me is 404
      /assets/**: GET # the folder and everything below it
      /orders/{id}:
        allow: GET
        reason: "orders are final: cancel them in the back office" # clients are told this
    """#
