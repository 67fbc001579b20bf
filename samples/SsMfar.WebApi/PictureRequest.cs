using Microsoft.Net.Http.Headers;
using SsMfar.Imaging;

namespace SsMfar.WebApi;

/// <summary>A picture in a request; what cannot be used is a problem in words for whoever sent it.</summary>
internal static class PictureRequest
{
    private const string Form = "multipart/form-data";

    private static readonly string[] PictureTypes =
        ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif", "application/octet-stream"];

    /// <summary>Answers, or says what is wrong with the request.</summary>
    public static async Task<IResult> AnswerAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (RequestProblemException problem)
        {
            return Results.Problem(problem.Message, statusCode: problem.StatusCode);
        }
        catch (ImageDecodeException unreadable)
        {
            return Results.Problem($"The picture cannot be used: {unreadable.Reason}.", statusCode: StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Results.Problem(
                "The request is larger than 10 MB. Send a smaller picture.", statusCode: StatusCodes.Status413PayloadTooLarge);
        }
    }

    /// <summary>The body itself, which is read as it arrives, or the one file of a form.</summary>
    /// <exception cref="RequestProblemException">There is no picture.</exception>
    public static async Task<Stream> OpenAsync(HttpRequest request)
    {
        if (!Form.Equals(MediaType(request.ContentType), StringComparison.OrdinalIgnoreCase))
        {
            RequirePicture(request.ContentType);
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
        catch (Exception damaged) when (damaged is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new RequestProblemException(StatusCodes.Status400BadRequest, $"The form cannot be read: {damaged.Message}");
        }
    }

    // Without a type the picture's first bytes decide.
    private static void RequirePicture(string? type)
    {
        if (!string.IsNullOrEmpty(type) && !PictureTypes.Contains(MediaType(type), StringComparer.OrdinalIgnoreCase))
        {
            throw new RequestProblemException(
                StatusCodes.Status415UnsupportedMediaType,
                $"The type '{type}' is not supported. Send a picture as {string.Join(", ", PictureTypes)}, or as a file of a {Form} form.");
        }
    }

    private static string? MediaType(string? type) =>
        MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value : null;
}
