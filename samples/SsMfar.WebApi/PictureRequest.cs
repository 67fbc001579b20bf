using Microsoft.Net.Http.Headers;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>
/// A request with a picture, from its headers to its answer: what the headers show to be useless is not read; the body is read whole, in
/// counted memory; then the work waits for its turn. What cannot be used, or not now, is a problem in words for whoever sent it.
/// </summary>
internal sealed class PictureRequest(ServiceLimits limits, WorkPlaces places, BodyMemory memory)
{
    private const string Form = "multipart/form-data";
    private const string Bytes = "application/octet-stream";

    private static readonly string[] PictureTypes =
        ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif", Bytes];

    /// <summary>Answers with what the work makes of the picture, or says what is wrong with the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="prepare">
    /// Looks at the request before its body is read, and returns the work, which is given the picture as a stream in memory, and returns
    /// what is left to do without it.
    /// </param>
    public async Task<IResult> AnswerAsync<T>(HttpRequest request, Func<Func<Stream, Task<PictureWork<T>>>> prepare)
    {
        CancellationToken aborted = request.HttpContext.RequestAborted;
        try
        {
            Func<Stream, Task<PictureWork<T>>> work = prepare();
            RequireContent(request);
            places.RequireRoom();
            using ReceivedBody body = await ReceivedBody.ReadAsync(request, memory, places, limits);
            request.Body = body.Stream;
            return Results.Ok(await places.WorkAsync(async () => await work(await OpenAsync(request)), aborted));
        }
        catch (ServiceBusyException busy)
        {
            request.HttpContext.Response.Headers.RetryAfter = $"{busy.RetryAfter}";
            return Results.Problem(busy.Message, statusCode: busy.StatusCode);
        }
        catch (RequestProblemException problem)
        {
            return Results.Problem(problem.Message, statusCode: problem.StatusCode);
        }
        catch (ImageDecodeException unreadable)
        {
            return Results.Problem($"The picture cannot be used: {unreadable.Reason}.", statusCode: StatusCodes.Status400BadRequest);
        }
        catch (NonFiniteOutputException)
        {
            // The picture is as good as any; another may have numbers.
            return Results.Problem(FaceReply.NoNumbers, statusCode: StatusCodes.Status422UnprocessableEntity);
        }
        catch (BadHttpRequestException bad)
        {
            return Results.Problem(bad.Message, statusCode: bad.StatusCode);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest); // heard by nobody
        }
    }

    // By the headers alone. A compressed body is refused: a few bytes of it may hold any number.
    private static void RequireContent(HttpRequest request)
    {
        string encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new RequestProblemException(
                StatusCodes.Status415UnsupportedMediaType, $"A body in '{encoding}' is not supported. Send the picture as it is.");
        }

        if (!IsForm(request))
        {
            RequirePicture(request.ContentType);
        }
    }

    // The body itself, or the one file of a form.
    private static async Task<Stream> OpenAsync(HttpRequest request)
    {
        if (!IsForm(request))
        {
            return request.Body;
        }

        IFormFileCollection files = (await ReadFormAsync(request)).Files;
        if (files.Count != 1)
        {
            throw new RequestProblemException(
                StatusCodes.Status400BadRequest, $"The form has {files.Count} files. Send one picture as a file of the form.");
        }

        RequirePicture(files[0].ContentType);
        return files[0].OpenReadStream();
    }

    private static async Task<IFormCollection> ReadFormAsync(HttpRequest request)
    {
        try
        {
            return await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException)
        {
            throw new RequestProblemException(StatusCodes.Status400BadRequest, $"The form cannot be read: {damaged.Message}");
        }
    }

    private static bool IsForm(HttpRequest request) => Form.Equals(MediaType(request.ContentType), StringComparison.OrdinalIgnoreCase);

    // Among images, and without a type, the picture's first bytes decide: clients have several names for one kind, such as image/jpg.
    private static void RequirePicture(string? type)
    {
        string? media = MediaType(type);
        if (!string.IsNullOrEmpty(type) && !Bytes.Equals(media, StringComparison.OrdinalIgnoreCase)
            && media?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new RequestProblemException(
                StatusCodes.Status415UnsupportedMediaType,
                $"The type '{type}' is not supported. Send a picture as {string.Join(", ", PictureTypes)}, or as a file of a {Form} form.");
        }
    }

    private static string? MediaType(string? type) =>
        MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value : null;
}
