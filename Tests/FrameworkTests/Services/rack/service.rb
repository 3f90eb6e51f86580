# Rack::MethodOverride before an application. Usage: ruby service.rb PORT FILE
require "digest"
require "rack"
require "rack/handler/webrick"

port, acted = ARGV

def described(name, value)
  return "field: #{name}=#{value}\n" unless value.is_a?(Hash)

  "file: #{name}=#{Digest::SHA256.file(value[:tempfile].path)}\n"
end

application = lambda do |environment|
  request = Rack::Request.new(environment)
  line = "#{request.request_method} #{request.path_info}"
  File.open(acted, "a") { |file| file.puts(line) }
  text = "acted: #{line}\n"
  request.POST.each { |name, value| text << described(name, value) }
  environment["rack.input"].rewind
  text << "content: #{Digest::SHA256.hexdigest(environment["rack.input"].read)}\n"
  [200, { "Content-Type" => "text/plain" }, [text]]
end

Rack::Handler::WEBrick.run(
  Rack::MethodOverride.new(application),
  Host: "127.0.0.1", Port: Integer(port), AccessLog: [], Logger: WEBrick::Log.new($stderr, 2)
)
