using System.Net;
using System.Net.Sockets;
using System.Text;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Tests.WebApi;

/// <summary>The web sample with as much to do as it takes on: who is refused, what they are told, and how places come back.</summary>
public sealed class FullServiceTests
{
    private static readonly byte[] Picture = HostedService.Picture();

    private static readonly string Head = $"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Picture.Length}\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Who_finds_no_room_is_told_when_to_come_again_and_the_service_stays_healthy(int batch)
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=1", $"Batch={batch}");
        (Task<HttpResponseMessage> worked, Task<HttpResponseMessage> waits) = await FillAsync(service);
        foreach (int _ in Enumerable.Range(0, 200))
        {
            service.Places.Time.Add(TimeSpan.FromSeconds(40), here: 1);
        }

        foreach (string path in new[] { "/predict", "/faces" })
        {
            using HttpResponseMessage refused = await service.PostAsync(Picture, path);

            // Two are here, 40 s each.
            (await WebSample.ProblemAsync(refused, 503)).Should().Contain("Come again in 80 s");
            refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(80));
        }

        (await service.Client.GetStringAsync("/health")).Should().Be("Healthy");
        (await service.Client.GetAsync("/model")).StatusCode.Should().Be(HttpStatusCode.OK);

        service.Predictor.Open();
        await WebSample.JsonAsync(await worked);
        await WebSample.JsonAsync(await waits);
        (await WebSample.JsonAsync(await service.PostAsync(Picture))).GetProperty("expression").GetString().Should().Be("Happiness");
        (await WebSample.JsonAsync(await service.PostAsync(Picture, "/faces"))).GetProperty("faces").GetArrayLength().Should().Be(1);
        service.Places.Time.Seconds.Should().BeLessThan(40, "what pictures took counts");
    }

    [Fact]
    public async Task A_full_service_does_not_wait_for_a_body_and_a_body_that_came_too_late_is_refused()
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=1");
        Socket early = await SendPartAsync(service);
        await FillAsync(service);

        Socket late = await service.SendAsync(Head);

        (await FirstLineAsync(late)).Should().Be("HTTP/1.1 503 Service Unavailable");
        await early.SendAsync(Picture.AsMemory(Picture.Length / 2));
        (await FirstLineAsync(early)).Should().Be("HTTP/1.1 503 Service Unavailable");
    }

    [Fact]
    public async Task Who_sends_slowly_holds_no_place()
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=0");
        service.Predictor.Open();
        Socket slow = await SendPartAsync(service);

        (await service.PostAsync(Picture)).StatusCode.Should().Be(HttpStatusCode.OK);

        await slow.SendAsync(Picture.AsMemory(Picture.Length / 2));
        (await FirstLineAsync(slow)).Should().Be("HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task A_face_without_numbers_is_a_problem_in_the_words_of_faces()
    {
        await using HostedService service = await HostedService.StartAsync();
        service.Predictor.Open();
        service.Predictor.Failure = new NonFiniteOutputException("/srv/affect.onnx", "expression", 0, float.NaN);

        using HttpResponseMessage one = await service.PostAsync(Picture);
        using HttpResponseMessage all = await service.PostAsync(Picture, "/faces");

        string words = await WebSample.ProblemAsync(one, 422);
        words.Should().Be("The model gives no numbers for this face.");
        (await WebSample.JsonAsync(all)).GetProperty("faces")[0].GetProperty("error").GetString().Should().Be(words);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Failures_give_their_room_back(int batch)
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=0", $"Batch={batch}");
        service.Predictor.Open();
        (await service.PostAsync("no picture"u8.ToArray())).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        foreach ((Exception failure, HttpStatusCode status) in new (Exception, HttpStatusCode)[]
        {
            (new InvalidOperationException("an error of the program"), HttpStatusCode.InternalServerError),
            (new ImageDecodeException("picture", "it is truncated", "Replace it."), HttpStatusCode.BadRequest),
        })
        {
            service.Predictor.Failure = failure;
            (await service.PostAsync(Picture)).StatusCode.Should().Be(status);
        }

        service.Predictor.Failure = null;
        (await service.PostAsync(Picture)).StatusCode.Should().Be(HttpStatusCode.OK);
        (service.Places.Working, service.Places.Here).Should().Be((0, 0));
        service.Memory.Used.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Faces_that_wait_for_a_batch_keep_no_place_from_others(int batch)
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=3", $"Batch={batch}");
        Task<HttpResponseMessage>[] posted = [.. Enumerable.Range(0, 4).Select(_ => service.PostAsync(Picture))];

        await HostedService.UntilAsync(() => service.Places.Here == 4 && service.Predictor.Inside == 4);
        service.Places.Working.Should().Be(0);
        (await service.PostAsync(Picture)).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        service.Predictor.Inside.Should().Be(4);
        service.Predictor.Open();

        (await Task.WhenAll(posted)).Should().OnlyContain(reply => reply.StatusCode == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Clients_that_are_gone_give_their_room_back(int batch)
    {
        await using HostedService service = await HostedService.StartAsync("AtOnce=1", "Waiting=1", $"Batch={batch}");
        using CancellationTokenSource first = new(), second = new();
        (Task worked, Task waits) = await FillAsync(service, first.Token, second.Token);
        double time = service.Places.Time.Seconds;
        await second.CancelAsync();
        await HostedService.UntilAsync(() => service.Places.Here == 1);
        service.Places.Time.Seconds.Should().Be(time, "who left says nothing of how long a picture takes");
        Task<HttpResponseMessage> next = service.PostAsync(Picture);
        await HostedService.UntilAsync(() => service.Places.Here == 2);
        await first.CancelAsync();
        service.Predictor.Open();

        (await next).StatusCode.Should().Be(HttpStatusCode.OK);
        await HostedService.UntilAsync(() => service.Places.Here == 0 && service.Memory.Used == 0);
        foreach (Task gone in new[] { worked, waits })
        {
            await gone.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        }
    }

    // One picture in the predictor and another one behind it.
    private static async Task<(Task<HttpResponseMessage> Worked, Task<HttpResponseMessage> Waits)> FillAsync(
        HostedService service, CancellationToken first = default, CancellationToken second = default)
    {
        Task<HttpResponseMessage> worked = service.PostAsync(Picture, cancellationToken: first);
        await HostedService.UntilAsync(() => service.Predictor.Inside == 1);
        Task<HttpResponseMessage> waits = service.PostAsync(Picture, cancellationToken: second);
        await HostedService.UntilAsync(() => service.Places.Here == 2);
        return (worked, waits);
    }

    // The first half of a picture, which has come.
    private static async Task<Socket> SendPartAsync(HostedService service)
    {
        Socket socket = await service.SendAsync([.. Encoding.ASCII.GetBytes(Head), .. Picture.AsSpan(0, Picture.Length / 2)]);
        await HostedService.UntilAsync(() => service.Memory.Used > 0);
        return socket;
    }

    private static async Task<string?> FirstLineAsync(Socket socket)
    {
        using NetworkStream stream = new(socket);
        using StreamReader reader = new(stream, Encoding.ASCII);
        return await reader.ReadLineAsync();
    }
}
