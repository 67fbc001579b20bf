using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace SsMfar.Tests.WebApi;

/// <summary>Requests that the web sample cannot answer: the status, and words for whoever sent one picture.</summary>
public sealed class RefusedRequestTests(WebSample server) : IClassFixture<WebSample>
{
    [Theory]
    [InlineData("?x=8&y=4", "width is missing")]
    [InlineData("?x=abc&y=4&width=5&height=5", "x is 'abc'")]
    [InlineData("?x=1&y=4,5&width=5&height=5", "y is '4,5'")]
    [InlineData("?x=1&y=4&width=NaN&height=5", "width is 'NaN'")]
    [InlineData("?x=1&y=4&width=5&height=1e300", "height is '1e300'")]
    [InlineData("?x=1&y=4&width=0.0&height=5", "width and height above 0")]
    [InlineData("?x=500.5&y=4&width=5&height=5", "outside the face box")]
    public async Task A_box_that_cannot_be_used_is_named(string query, string problem)
    {
        using var face = new ByteArrayContent(await File.ReadAllBytesAsync(server.Model.Faces[0]));

        (await WebSample.ProblemAsync(await server.Client.PostAsync($"/predict{query}", face), 400)).Should().Contain(problem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_picture_that_cannot_be_read_is_a_bad_request_that_says_why(bool form)
    {
        byte[] whole = await File.ReadAllBytesAsync(server.Model.Faces[0]);

        (await RefusedAsync([])).Should().Be("The picture cannot be used: it is empty.");
        (await RefusedAsync([1, 2, 3])).Should()
            .Be("The picture cannot be used: it is not an image of a known format (JPEG, PNG, WebP, BMP, GIF).");
        (await RefusedAsync(whole[..(whole.Length / 2)])).Should().Be("The picture cannot be used: it is truncated.");
        async Task<string> RefusedAsync(byte[] picture)
        {
            using HttpContent content = Content(picture, form);
            return await WebSample.ProblemAsync(await server.Client.PostAsync("/predict", content), 400);
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/image")]
    public async Task Another_type_is_unsupported_and_those_that_are_read_are_named(string type)
    {
        byte[] face = await File.ReadAllBytesAsync(server.Model.Faces[0]);
        foreach (bool form in new[] { false, true })
        {
            using HttpContent content = Content(face, form, type);

            (await WebSample.ProblemAsync(await server.Client.PostAsync("/predict", content), 415)).Should()
                .ContainAll($"'{type}'", "image/jpeg", "multipart/form-data");
        }
    }

    [Theory]
    [InlineData("image/jpg")]
    [InlineData("image/pjpeg")]
    [InlineData("IMAGE/x-png")]
    public async Task Other_names_of_image_types_are_read_by_the_picture_s_first_bytes(string type)
    {
        byte[] face = await File.ReadAllBytesAsync(server.Model.Faces[0]);
        foreach (bool form in new[] { false, true })
        {
            using HttpContent content = Content(face, form, type), none = Content([1, 2, 3], form, type);

            (await server.Client.PostAsync("/predict", content)).IsSuccessStatusCode.Should().BeTrue();
            (await WebSample.ProblemAsync(await server.Client.PostAsync("/predict", none), 400)).Should().Contain("not an image");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_form_has_one_picture(int files)
    {
        using var form = new MultipartFormDataContent { { new StringContent("hello"), "words" } };
        for (int i = 0; i < files; i++)
        {
            form.Add(new ByteArrayContent([1]), "picture", $"{i}.png");
        }

        (await WebSample.ProblemAsync(await server.Client.PostAsync("/predict", form), 400)).Should().Contain($"has {files} files");
    }

    [Fact]
    public async Task A_form_that_ends_early_is_a_bad_request()
    {
        using var content = new StringContent("--line\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\nabc");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=line");

        (await WebSample.ProblemAsync(await server.Client.PostAsync("/predict", content), 400)).Should().Contain("form cannot be read");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task More_than_ten_megabytes_are_too_large(bool form, bool lengthIsTold)
    {
        // It starts as a picture; a length that is told is refused before the body is sent.
        byte[] large = new byte[11 << 20];
        (await File.ReadAllBytesAsync(server.Model.Faces[0])).CopyTo(large, 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = Content(large, form) };
        request.Headers.ExpectContinue = lengthIsTold;
        request.Headers.TransferEncodingChunked = !lengthIsTold;

        using HttpResponseMessage response = await server.Client.SendAsync(request);

        (await WebSample.ProblemAsync(response, 413)).Should().Be("The request is larger than 10 MB. Send a smaller picture.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_is_still_sending_what_is_too_large_hears_so_and_keeps_its_connection(bool lengthIsTold)
    {
        const int Length = 11 << 20, Early = 1 << 19;
        byte[] large = new byte[Length];
        using TcpClient client = new(server.Address.Host, server.Address.Port);
        NetworkStream stream = client.GetStream();
        using StreamReader replies = new(stream, Encoding.Latin1);
        string framing = lengthIsTold ? $"Content-Length: {Length}\r\n\r\n" : $"Transfer-Encoding: chunked\r\n\r\n{Length:x}\r\n";

        await SendAsync($"POST /predict HTTP/1.1\r\nHost: localhost\r\n{framing}");
        await stream.WriteAsync(large.AsMemory(0, Length - Early));
        (await replies.ReadLineAsync()).Should().StartWith("HTTP/1.1 413");
        await stream.WriteAsync(large.AsMemory(Length - Early));
        await SendAsync(lengthIsTold ? "" : "\r\n0\r\n\r\n");
        await SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        (await replies.ReadToEndAsync()).Should().Contain("larger than 10 MB").And.Contain("HTTP/1.1 200").And.Contain("Healthy");
        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
    }

    private static HttpContent Content(byte[] picture, bool form, string? type = null)
    {
        var content = new ByteArrayContent(picture);
        content.Headers.ContentType = type is null ? null : new(type);
        return form ? new MultipartFormDataContent { { content, "picture", "face.png" } } : content;
    }
}
