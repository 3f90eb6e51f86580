import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.MultipartConfig;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Writes down which method and path it acts on, and answers with that and the form's parts. */
@WebServlet({"/users/*", "/public/*", "/admin/*"})
@MultipartConfig
public class Service extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        String rest = request.getPathInfo() == null ? "" : request.getPathInfo();
        String line = request.getMethod() + " " + request.getServletPath() + rest;
        Path acted = Path.of(System.getProperty("acted"));
        synchronized (Service.class) {
            Files.writeString(
                    acted, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        response.setContentType("text/plain");
        response.getWriter().print("acted: " + line + "\n");
        for (String name : request.getParameterMap().keySet()) {
            response.getWriter().print("field: " + name + "=" + request.getParameter(name) + "\n");
        }
        if (String.valueOf(request.getContentType()).startsWith("multipart/form-data")) {
            for (Part part : request.getParts()) {
                response.getWriter().print("file: " + part.getName() + "=" + digest(part) + "\n");
            }
        }
    }

    private static String digest(Part part) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(part.getInputStream().readAllBytes()));
        } catch (NoSuchAlgorithmException exception) {
            throw new IOException(exception);
        }
    }

    /** What Spring's HiddenHttpMethodFilter does. */
    @WebFilter("/*")
    public static class HiddenMethodFilter extends HttpFilter {
        private static final List<String> ALLOWED = List.of("PUT", "DELETE", "PATCH");

        @Override
        protected void doFilter(
                HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            String claimed = request.getParameter("_method");
            String method = claimed == null ? "" : claimed.toUpperCase(Locale.ENGLISH);
            boolean isOverridden = request.getMethod().equals("POST") && ALLOWED.contains(method);
            chain.doFilter(isOverridden ? new Claimed(request, method) : request, response);
        }
    }

    private static class Claimed extends HttpServletRequestWrapper {
        private final String method;

        Claimed(HttpServletRequest request, String method) {
            super(request);
            this.method = method;
        }

        @Override
        public String getMethod() {
            return method;
        }
    }
}
