namespace SsMfar.WebApi;

/// <summary>A request that cannot be answered; the message is for whoever sent it.</summary>
internal sealed class RequestProblemException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;
}
